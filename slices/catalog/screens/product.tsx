import { Badge, Button } from '@mantine/core';
import {
  address,
  api,
  Code,
  Failing,
  Go,
  Light,
  PageHead,
  Part,
  Sheet,
  tellDone,
  tellFailure,
  useCan,
  useFormat,
  usePlace,
  useWords,
  Wait,
} from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Product, ProductVariant } from './model.ts';
import { useAttributes, useProduct, useRefresh } from './parts.tsx';
import { Prices } from './price.tsx';
import { ProductForm } from './product-form.tsx';
import { Related } from './related.tsx';
import { VariantForm } from './variant-form.tsx';
import classes from './catalog.module.css';

/** One product with its variants, prices, stock, and what it goes with. */
export default function ProductPage(): React.JSX.Element {
  const { path } = usePlace();
  const found = useProduct(path.split('/')[2] ?? '');
  if (found.data === undefined)
    return found.error === null ? <Wait /> : <Failing error={found.error} retry={() => void found.refetch()} />;
  return <Open product={found.data} />;
}

function Open({ product }: { product: Product }): React.JSX.Element {
  const { say } = useWords();
  const can = useCan();
  const { search } = usePlace();
  const refresh = useRefresh();
  const [editing, setEditing] = useState(false);
  const chosen = product.variants.find((one) => one.id === search['variant']) ?? product.variants[0];
  const isMine = can('catalog.manage');
  const setState = async (state: Product['state']): Promise<void> => {
    await api.patch(`/v1/products/${product.id}`, { state });
    await refresh();
  };
  const toggle = (): void => {
    const before = product.state;
    setState(before === 'active' ? 'withdrawn' : 'active')
      .then(() =>
        tellDone(say(before === 'active' ? 'screen.catalog.withdrawn' : 'screen.catalog.restored'), () =>
          setState(before),
        ),
      )
      .catch(tellFailure);
  };
  return (
    <>
      <PageHead title={product.title} about={<About product={product} />}>
        {isMine && (
          <>
            <Button variant="default" onClick={toggle}>
              {say(product.state === 'active' ? 'screen.catalog.withdraw' : 'screen.catalog.restore')}
            </Button>
            <Button onClick={() => setEditing(true)}>{say('screen.catalog.change')}</Button>
          </>
        )}
      </PageHead>
      <div className={classes.page}>
        {(product.media.length > 0 || product.description !== '') && <Looks product={product} />}
        <Variants product={product} chosen={chosen} isMine={isMine} />
        {chosen !== undefined && (
          <>
            <Prices key={chosen.id} variant={chosen} isOne={product.variants.length === 1} />
            {can('stock.read') && product.kind === 'good' && <Stock variant={chosen} />}
          </>
        )}
        <Facts product={product} />
        <Related product={product} isMine={isMine} />
      </div>
      {editing && <ProductForm product={product} onClose={() => setEditing(false)} />}
    </>
  );
}

function About({ product }: { product: Product }): React.JSX.Element {
  const { say } = useWords();
  const way = product.categories.map((one) => one.name).join(' → ');
  return (
    <>
      <Light
        state={product.state === 'active' ? 'good' : 'none'}
        label={say(`screen.catalog.state.${product.state}`)}
      />{' '}
      · {[product.brand, way].filter((part) => part !== null && part !== '').join(' · ')}{' '}
      {product.kind !== 'good' && <Badge variant="light">{say(`screen.catalog.kind.${product.kind}`)}</Badge>}
    </>
  );
}

function Looks({ product }: { product: Product }): React.JSX.Element {
  const { say } = useWords();
  return (
    <Part title={say('screen.catalog.looks')}>
      {product.media.length > 0 && (
        <ul className={classes.media}>
          {product.media.map((one) => (
            <li key={one.url}>
              <img src={one.url} alt={one.alt === '' ? product.title : one.alt} loading="lazy" />
            </li>
          ))}
        </ul>
      )}
      {product.description !== '' && <p className={classes.description}>{product.description}</p>}
    </Part>
  );
}

interface Available {
  readonly items: readonly { readonly variantId: string; readonly total: number }[];
}

function Variants({
  product,
  chosen,
  isMine,
}: {
  product: Product;
  chosen: ProductVariant | undefined;
  isMine: boolean;
}): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const { path, href } = usePlace();
  const [editing, setEditing] = useState<ProductVariant | 'new'>();
  const ids = product.variants.slice(0, 100).map((one) => one.id);
  const stock = useQuery({
    queryKey: ['/v1/stock', 'available', ids],
    queryFn: ({ signal }) => api.get<Available>('/v1/stock/available', { variantIds: ids.join(',') }, signal),
    enabled: ids.length > 0,
  }).data?.items;
  const unit = (one: ProductVariant, count: number): string =>
    one.unit === 'weight'
      ? say('screen.catalog.count.kg', { count: format.number(count / 1_000) })
      : say('screen.catalog.count.pieces', { count: format.number(count) });
  return (
    <Part
      title={say('screen.catalog.variants')}
      act={
        isMine && (
          <Button size="compact-sm" variant="subtle" onClick={() => setEditing('new')}>
            {say('screen.catalog.variant.add')}
          </Button>
        )
      }
      flush
    >
      <Sheet
        rows={product.variants}
        keyOf={(one) => one.id}
        label={say('screen.catalog.variants')}
        hrefOf={(one) => href(path, { variant: one.id })}
        chosen={product.variants.length > 1 ? chosen?.id : undefined}
        off={(one) => one.state === 'withdrawn'}
        columns={[
          { title: say('screen.catalog.variant'), render: (one) => one.title },
          { title: say('screen.catalog.sku'), render: (one) => <Code text={one.sku} /> },
          {
            title: say('screen.catalog.ean'),
            spare: true,
            render: (one) =>
              one.eans.length === 0 ? (
                <span className="dim">—</span>
              ) : (
                one.eans.map((ean) => <Code key={ean} text={ean} />)
              ),
          },
          {
            title: say('screen.catalog.in-stock'),
            align: 'right',
            spare: true,
            render: (one) => {
              const total = stock?.find((each) => each.variantId === one.id)?.total;
              return total === undefined ? <span className="dim">—</span> : unit(one, total);
            },
          },
          {
            title: say('screen.catalog.price'),
            align: 'right',
            render: (one) =>
              one.priceMinor === null ? (
                <span className="dim">{say('screen.catalog.price.none')}</span>
              ) : (
                format.money(one.priceMinor, one.currency ?? 'RUB')
              ),
          },
          {
            title: '',
            align: 'right',
            width: '90px',
            render: (one) =>
              isMine ? (
                <Button
                  size="compact-sm"
                  variant="subtle"
                  onClick={() => setEditing(one)}
                  aria-label={say('screen.catalog.variant.change-of', { sku: one.sku })}
                >
                  {say('screen.catalog.change')}
                </Button>
              ) : null,
          },
        ]}
      />
      {editing !== undefined && (
        <VariantForm
          product={product}
          variant={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      )}
    </Part>
  );
}

interface Level {
  readonly placeId: string;
  readonly onHand: number;
  readonly reserved: number;
  readonly sellable: number;
}

/** How much of a variant lies where. */
function Stock({ variant }: { variant: ProductVariant }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const found = useQuery({
    queryKey: ['/v1/stock', variant.id],
    queryFn: ({ signal }) => api.get<{ total: number; items: Level[] }>(`/v1/stock/${variant.id}`, {}, signal),
  });
  const places = useQuery({
    queryKey: ['/v1/places', 'all'],
    queryFn: ({ signal }) =>
      api.get<{ items: { id: string; name: string }[] }>(address('/v1/places', { limit: 500 }), {}, signal),
    staleTime: 60_000,
  }).data?.items;
  const rows = found.data?.items ?? [];
  return (
    <Part
      title={say('screen.catalog.stock.of', { sku: variant.sku })}
      act={<Go to={`/stock/${variant.id}`}>{say('screen.catalog.stock.open')}</Go>}
      flush={rows.length > 0}
    >
      {rows.length === 0 ? (
        <span className="dim">{say('screen.catalog.stock.none')}</span>
      ) : (
        <Sheet
          rows={rows}
          keyOf={(row) => row.placeId}
          label={say('screen.catalog.stock.of', { sku: variant.sku })}
          columns={[
            {
              title: say('screen.catalog.place'),
              render: (row) => (
                <Go to={`/places/${row.placeId}`}>
                  {places?.find((place) => place.id === row.placeId)?.name ?? row.placeId.slice(0, 8)}
                </Go>
              ),
            },
            { title: say('screen.catalog.on-hand'), align: 'right', render: (row) => format.number(row.onHand) },
            {
              title: say('screen.catalog.reserved'),
              align: 'right',
              spare: true,
              render: (row) => format.number(row.reserved),
            },
            { title: say('screen.catalog.sellable'), align: 'right', render: (row) => format.number(row.sellable) },
          ]}
        />
      )}
    </Part>
  );
}

/** Declared attributes with their values, and codes. */
function Facts({ product }: { product: Product }): React.JSX.Element {
  const { say, locale } = useWords();
  const attributes = useAttributes();
  const rows = Object.entries(product.attributes).map(([key, value]) => {
    const declared = attributes.find((one) => one.key === key);
    const shown = typeof value === 'boolean' ? say(value ? 'screen.catalog.yes' : 'screen.catalog.no') : String(value);
    return {
      key,
      name: declared?.label[locale] ?? key,
      value: declared?.measure === null || declared === undefined ? shown : `${shown} ${declared.measure}`,
    };
  });
  return (
    <Part title={say('screen.catalog.attributes')}>
      <dl className={classes.facts}>
        {rows.map((row) => (
          <div key={row.key} style={{ display: 'contents' }}>
            <dt>{row.name}</dt>
            <dd>{row.value}</dd>
          </div>
        ))}
        <dt>{say('screen.catalog.code')}</dt>
        <dd>
          <Code text={product.code} />
        </dd>
        {product.source !== null && (
          <>
            <dt>{say('screen.catalog.source')}</dt>
            <dd>{product.source}</dd>
          </>
        )}
      </dl>
    </Part>
  );
}
