import { Button, Menu, NumberInput } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import {
  Ago,
  api,
  Code,
  Empty,
  Failing,
  Figure,
  FormDialog,
  Go,
  PageHead,
  Part,
  Sheet,
  tellDone,
  useCan,
  useList,
  usePlace,
  useWords,
  Wait,
} from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ActDialog, acts, type Act } from './acts.tsx';
import { variantOf, type Level, type Movement, type VariantStock } from './model.ts';
import { MovementSheet } from './movement-sheet.tsx';
import { Quantity, usePlaceName, useRefresh, useVariant } from './parts.tsx';
import { Stand } from './stock.tsx';
import classes from './stock.module.css';

/** One variant in every place: what lies there, what is promised to whom, and what came and went. */
export default function VariantPage(): React.JSX.Element {
  const { say } = useWords();
  const can = useCan();
  const { path } = usePlace();
  const id = variantOf(path.split('/').at(-1) ?? '');
  const variant = useVariant(id);
  const [act, setAct] = useState<Act>();
  const found = useQuery({
    queryKey: ['/v1/stock', id],
    queryFn: ({ signal }) => api.get<VariantStock>(`/v1/stock/${id}`, {}, signal),
    refetchInterval: 10_000,
  });
  if (found.data === undefined)
    return found.error === null ? <Wait /> : <Failing error={found.error} retry={() => void found.refetch()} />;
  const stock = found.data;
  const title = variant?.title ?? say('screen.stock.unknown', { id: id.slice(0, 8) });
  return (
    <>
      <PageHead
        title={title}
        about={
          variant !== null &&
          variant !== undefined && (
            <>
              <Code text={variant.sku} /> ·{' '}
              <Go to={`/catalogue/${variant.productId}`}>{say('screen.stock.product')}</Go>
            </>
          )
        }
      >
        {can('stock.manage') && (
          <Menu position="bottom-end">
            <Menu.Target>
              <Button rightSection={<IconChevronDown size={14} />}>{say('screen.stock.act')}</Button>
            </Menu.Target>
            <Menu.Dropdown>
              {acts.map((one) => (
                <Menu.Item key={one} onClick={() => setAct(one)}>
                  {say(`screen.stock.act.${one}`)}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
      </PageHead>
      <div className={classes.page}>
        <Sums stock={stock} />
        <Levels stock={stock} canSet={can('stock.manage')} />
        <Reservations stock={stock} />
        <Movements id={id} />
      </div>
      {act !== undefined && <ActDialog act={act} variant={{ id, label: title }} onClose={() => setAct(undefined)} />}
    </>
  );
}

function Sums({ stock }: { stock: VariantStock }): React.JSX.Element {
  const { say } = useWords();
  const sum = (field: 'onHand' | 'reserved'): number => stock.items.reduce((all, level) => all + level[field], 0);
  return (
    <div className={classes.figures}>
      <Figure
        label={say('screen.stock.sellable.all')}
        value={<Quantity id={stock.variantId} of={stock.total} />}
        definition={say('screen.stock.sellable.about')}
      />
      <Figure
        label={say('screen.stock.onHand')}
        value={<Quantity id={stock.variantId} of={sum('onHand')} />}
        definition={say('screen.stock.onHand.about')}
      />
      <Figure
        label={say('screen.stock.reserved')}
        value={<Quantity id={stock.variantId} of={sum('reserved')} />}
        definition={say('screen.stock.reserved.about')}
      />
    </div>
  );
}

function Levels({ stock, canSet }: { stock: VariantStock; canSet: boolean }): React.JSX.Element {
  const { say } = useWords();
  const nameOf = usePlaceName();
  const [setting, setSetting] = useState<Level>();
  const number = (field: 'onHand' | 'reserved' | 'safety' | 'sellable', spare = false) => ({
    title: say(`screen.stock.${field}`),
    align: 'right' as const,
    spare,
    render: (row: Level) => <Quantity id={row.variantId} of={row[field]} />,
  });
  return (
    <Part title={say('screen.stock.by-place')} flush={stock.items.length > 0}>
      {stock.items.length === 0 ? (
        <Empty title={say('screen.stock.nowhere')} about={say('screen.stock.nowhere.about')} />
      ) : (
        <Sheet
          rows={stock.items}
          keyOf={(row) => row.placeId}
          label={say('screen.stock.by-place')}
          columns={[
            {
              title: say('screen.stock.place'),
              render: (row) => <Go to={`/places/${row.placeId}`}>{nameOf(row.placeId)}</Go>,
            },
            number('onHand'),
            number('reserved', true),
            number('safety', true),
            number('sellable'),
            { title: say('screen.stock.stand'), spare: true, render: (row) => <Stand level={row} /> },
            ...(canSet
              ? [
                  {
                    title: '',
                    align: 'right' as const,
                    render: (row: Level) => (
                      <Button
                        size="compact-sm"
                        variant="subtle"
                        onClick={() => setSetting(row)}
                        aria-label={say('screen.stock.setting.of', { place: nameOf(row.placeId) })}
                      >
                        {say('screen.stock.setting')}
                      </Button>
                    ),
                  },
                ]
              : []),
          ]}
        />
      )}
      {setting !== undefined && <SettingForm level={setting} onClose={() => setSetting(undefined)} />}
    </Part>
  );
}

const limits = ['safety', 'backorder', 'lowAt', 'excessAt'] as const;

/** Safety stock, backorder, and the lines of low and excess of one level. */
function SettingForm({ level, onClose }: { level: Level; onClose: () => void }): React.JSX.Element {
  const { say, locale } = useWords();
  const nameOf = usePlaceName();
  const refresh = useRefresh();
  const isWeight = useVariant(level.variantId)?.unit === 'weight';
  const scale = isWeight ? 1_000 : 1;
  const put = async (values: Partial<Record<(typeof limits)[number], number | null>>): Promise<void> => {
    const { variantId, placeId } = level;
    await api.put('/v1/stock/levels', { items: [{ variantId, placeId, ...values }] });
    await refresh();
  };
  const submit = async (form: FormData): Promise<void> => {
    const count = (name: (typeof limits)[number]): number | null => {
      const value = form.get(name);
      const text = typeof value === 'string' ? value.replaceAll(/\s/g, '').replace(',', '.') : '';
      return text === '' ? null : Math.round(Number(text) * scale);
    };
    await put({
      safety: count('safety') ?? 0,
      backorder: count('backorder') ?? 0,
      lowAt: count('lowAt'),
      excessAt: count('excessAt'),
    });
    const { safety, backorder, lowAt, excessAt } = level;
    tellDone(say('screen.stock.saved'), () => put({ safety, backorder, lowAt, excessAt }));
  };
  return (
    <FormDialog
      title={say('screen.stock.setting.of', { place: nameOf(level.placeId) })}
      act={say('ui.save')}
      submit={submit}
      onClose={onClose}
    >
      {limits.map((name, index) => {
        const value = level[name];
        return (
          <NumberInput
            key={name}
            name={name}
            label={
              isWeight ? `${say(`screen.stock.${name}`)}, ${say('screen.stock.kg.short')}` : say(`screen.stock.${name}`)
            }
            description={say(`screen.stock.${name}.about`)}
            min={0}
            allowDecimal={isWeight}
            decimalSeparator={locale === 'ru' ? ',' : '.'}
            hideControls
            defaultValue={value === null ? '' : value / scale}
            {...(index === 0 ? { 'data-autofocus': true } : {})}
          />
        );
      })}
    </FormDialog>
  );
}

function Reservations({ stock }: { stock: VariantStock }): React.JSX.Element {
  const { say } = useWords();
  const nameOf = usePlaceName();
  const rows = stock.reservations;
  return (
    <Part title={say('screen.stock.reservations')} flush={rows.length > 0}>
      {rows.length === 0 ? (
        <span className="dim">{say('screen.stock.reservations.none')}</span>
      ) : (
        <Sheet
          rows={rows}
          keyOf={(row) => String(row.id)}
          label={say('screen.stock.reservations')}
          columns={[
            {
              title: say('screen.stock.order'),
              render: (row) => <Go to={`/orders/${row.ref}`}>{say('screen.stock.order.open')}</Go>,
            },
            { title: say('screen.stock.place'), render: (row) => nameOf(row.placeId) },
            { title: say('screen.stock.when'), spare: true, render: (row) => <Ago at={row.at} /> },
            {
              title: say('screen.stock.until'),
              spare: true,
              render: (row) => (row.until === null ? say('screen.stock.until.end') : <Ago at={row.until} />),
            },
            {
              title: say('screen.stock.quantity'),
              align: 'right',
              render: (row) => <Quantity id={row.variantId} of={row.quantity} />,
            },
          ]}
        />
      )}
    </Part>
  );
}

function Movements({ id }: { id: string }): React.JSX.Element {
  const { say } = useWords();
  const list = useList<Movement>('/v1/stock/movements', { variantId: id }, { limit: 20 });
  return (
    <Part title={say('screen.stock.movements')} flush={list.items.length > 0}>
      {list.items.length === 0 ? (
        list.loading ? (
          <Wait rows={2} />
        ) : (
          <span className="dim">{say('screen.stock.movements.none')}</span>
        )
      ) : (
        <MovementSheet rows={list.items} />
      )}
      {list.hasMore && (
        <div className={classes.foot}>
          <Button variant="default" size="compact-sm" loading={list.loadingMore} onClick={list.more}>
            {say('screen.stock.more.show')}
          </Button>
        </div>
      )}
    </Part>
  );
}
