import { address, api, Code, Failing, PageHead, usePlace, useWords, Wait } from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';
import type { Variant } from './model.ts';
import { Prices } from './price.tsx';
import classes from './catalog.module.css';

/** The prices of one variant beside the list of deviations. */
export default function DeviationPage(): React.JSX.Element {
  const { say } = useWords();
  const { path } = usePlace();
  const id = decodeURIComponent(path.split('/')[3] ?? '').split('~')[0] ?? '';
  const found = useQuery({
    queryKey: ['/v1/variants', id],
    queryFn: ({ signal }) => api.get<{ items: Variant[] }>(address('/v1/variants', { ids: id }), {}, signal),
  });
  if (found.data === undefined)
    return found.error === null ? <Wait /> : <Failing error={found.error} retry={() => void found.refetch()} />;
  const [variant] = found.data.items;
  if (variant === undefined) return <PageHead title={say('screen.catalog.price.none')} />;
  return (
    <>
      <PageHead title={variant.title} about={<Code text={variant.sku} />} />
      <div className={classes.page}>
        <Prices variant={variant} isOne />
      </div>
    </>
  );
}
