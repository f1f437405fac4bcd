import { ActionIcon, Button, Select } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { api, Go, Part, Pick, tellDone, tellFailure, useWords } from '@ruslo/ui';
import { useQueries } from '@tanstack/react-query';
import { useState } from 'react';
import type { Product, Relation } from './model.ts';
import { findProducts, useRefresh } from './parts.tsx';
import classes from './catalog.module.css';

const ways = [
  { kind: 'fits', direction: 'to' },
  { kind: 'fits', direction: 'from' },
  { kind: 'consumable-for', direction: 'to' },
  { kind: 'consumable-for', direction: 'from' },
  { kind: 'substitute', direction: 'both' },
] as const;
const wayOf = (one: Pick<Relation, 'kind' | 'direction'>): string => `${one.kind}.${one.direction}`;

/** What the product fits, is consumable for, or stands in for; and the other way round. */
export function Related({ product, isMine }: { product: Product; isMine: boolean }): React.JSX.Element {
  const { say } = useWords();
  const refresh = useRefresh();
  const others = useQueries({
    queries: product.relations.map(({ productId }) => ({
      queryKey: ['/v1/products', productId],
      queryFn: ({ signal }: { signal: AbortSignal }) => api.get<Product>(`/v1/products/${productId}`, {}, signal),
      staleTime: 30_000,
    })),
  });
  const titleOf = (id: string): string =>
    others.find((other) => other.data?.id === id)?.data?.title ?? say('ui.loading');
  const relate = async (one: Relation): Promise<void> => {
    const [from, to] = one.direction === 'from' ? [one.productId, product.id] : [product.id, one.productId];
    await api.post(`/v1/products/${from}/relations`, { kind: one.kind, productId: to });
    await refresh();
  };
  const remove = (one: Relation): void => {
    const [from, to] = one.direction === 'from' ? [one.productId, product.id] : [product.id, one.productId];
    api
      .delete(`/v1/products/${from}/relations/${one.kind}/${to}`)
      .then(async () => {
        await refresh();
        tellDone(say('screen.catalog.related.removed'), () => relate(one));
      })
      .catch(tellFailure);
  };
  return (
    <Part title={say('screen.catalog.related')}>
      {product.relations.length === 0 && <span className="dim">{say('screen.catalog.related.none')}</span>}
      {ways.map((way) => {
        const rows = product.relations.filter((one) => wayOf(one) === wayOf(way));
        if (rows.length === 0) return null;
        return (
          <div key={wayOf(way)}>
            <h3 className={classes.relatedHead}>{say(`screen.catalog.related.${wayOf(way)}`)}</h3>
            <ul className={classes.related}>
              {rows.map((one) => (
                <li key={one.productId}>
                  <Go to={`/catalogue/${one.productId}`} className="cut">
                    {titleOf(one.productId)}
                  </Go>
                  {isMine && (
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      aria-label={say('screen.catalog.related.remove', { title: titleOf(one.productId) })}
                      onClick={() => remove(one)}
                    >
                      <IconX size={16} />
                    </ActionIcon>
                  )}
                </li>
              ))}
            </ul>
          </div>
        );
      })}
      {isMine && <Add relate={relate} />}
    </Part>
  );
}

function Add({ relate }: { relate: (one: Relation) => Promise<void> }): React.JSX.Element {
  const { say } = useWords();
  const [way, setWay] = useState<string>('fits.from');
  const [other, setOther] = useState<{ id: string; label: string } | null>(null);
  const [times, setTimes] = useState(0);
  const add = (): void => {
    const found = ways.find((one) => wayOf(one) === way);
    if (found === undefined || other === null) return;
    relate({ ...found, productId: other.id })
      .then(() => {
        setOther(null);
        setTimes(times + 1);
      })
      .catch(tellFailure);
  };
  return (
    <div className={classes.add}>
      <div>
        <Select
          label={say('screen.catalog.related.way')}
          data={ways.map((one) => ({ value: wayOf(one), label: say(`screen.catalog.related.${wayOf(one)}`) }))}
          value={way}
          onChange={(value) => setWay(value ?? 'fits.from')}
          allowDeselect={false}
        />
      </div>
      <div>
        <Pick
          key={times}
          of="products"
          find={findProducts}
          label={say('screen.catalog.product')}
          placeholder={say('screen.catalog.search')}
          value={other}
          onChange={setOther}
        />
      </div>
      <Button variant="default" disabled={other === null} onClick={add}>
        {say('screen.catalog.related.add')}
      </Button>
    </div>
  );
}
