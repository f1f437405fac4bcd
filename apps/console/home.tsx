import { useCan, usePlace, useScreens, Wait } from '@ruslo/ui';
import { useEffect } from 'react';

/** `/` leads to the first place that this role may see. */
export function Home(): React.JSX.Element {
  const screens = useScreens();
  const can = useCan();
  const { go } = usePlace();
  const links = screens.flatMap((slice) => slice.links ?? []).filter((link) => can(link.permission));
  const places = links.filter((link) => link.under === undefined).toSorted((a, b) => a.order - b.order);
  const inner = links.filter((link) => link.under === places[0]?.key).toSorted((a, b) => a.order - b.order);
  const path = inner[0]?.path ?? places[0]?.path;
  useEffect(() => {
    if (path !== undefined) go(path, { replace: true });
  }, [path, go]);
  return <Wait />;
}
