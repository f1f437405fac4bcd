import { Button } from '@mantine/core';
import { Ago, api, Part, Sheet, tellDone, tellFailure, useCan, useWords } from '@ruslo/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { changedFields, type Promotion, type Version } from './model.ts';

/** What a promotion said before, and what each change changed; an older one can be taken up again. */
export function Versions({ promotion }: { promotion: Promotion }): React.JSX.Element | null {
  const { say, has } = useWords();
  const can = useCan();
  const client = useQueryClient();
  const found = useQuery({
    queryKey: ['/v1/promotions', promotion.id, 'versions', promotion.version],
    queryFn: ({ signal }) => api.get<{ items: Version[] }>(`/v1/promotions/${promotion.id}/versions`, {}, signal),
  });
  const items = found.data?.items;
  if (items === undefined) return null;
  const restore = async (rule: object, version: number): Promise<Promotion> => {
    const saved = await api.patch<Promotion>(`/v1/promotions/${promotion.id}`, { version, rule });
    await client.invalidateQueries({ queryKey: ['/v1/promotions'] });
    return saved;
  };
  const takeUp = (one: Version): void => {
    restore(one.rule, promotion.version)
      .then((saved) =>
        tellDone(say('screen.offer.version.restored', { version: one.version }), () =>
          restore(promotion.rule, saved.version),
        ),
      )
      .catch(tellFailure);
  };
  const part = (field: string): string =>
    has(`screen.offer.part.${field}`) ? say(`screen.offer.part.${field}`) : field;
  const told = (one: Version, index: number): string => {
    const before = items[index + 1];
    if (before === undefined) return say('screen.offer.version.first');
    const fields = changedFields(before.rule, one.rule).map(part);
    const state = before.state === one.state ? [] : [say(`screen.offer.state.${one.state}`)];
    return [...state, ...fields].join(', ') || '—';
  };
  return (
    <Part title={say('screen.offer.versions')} flush>
      <Sheet
        rows={items.map((one, index) => ({ ...one, told: told(one, index) }))}
        keyOf={(row) => String(row.version)}
        label={say('screen.offer.versions')}
        columns={[
          { title: '№', width: '60px', render: (row) => row.version },
          { title: say('screen.offer.version.what'), render: (row) => row.told },
          { title: say('screen.offer.version.at'), render: (row) => <Ago at={row.at} /> },
          {
            title: '',
            align: 'right',
            render: (row) =>
              can('offer.manage') &&
              promotion.state !== 'archived' &&
              changedFields(row.rule, promotion.rule).length > 0 && (
                <Button size="compact-sm" variant="subtle" onClick={() => takeUp(row)}>
                  {say('screen.offer.version.restore')}
                </Button>
              ),
          },
        ]}
      />
    </Part>
  );
}
