import { Button, Select } from '@mantine/core';
import {
  address,
  Ago,
  api,
  ChannelMark,
  DayInput,
  FormDialog,
  MoneyInput,
  Part,
  Problem,
  Sheet,
  tellDone,
  useCan,
  useChannelName,
  useFormat,
  useList,
  useWords,
  Wait,
} from '@ruslo/ui';
import { useQueries } from '@tanstack/react-query';
import { useState } from 'react';
import { momentOf, sellingChannels, type PriceChange, type Saved, type Variant } from './model.ts';
import { textOf, usePriceLists, useRefresh, useWhoName } from './parts.tsx';
import classes from './catalog.module.css';

/** What prices need to know of a variant. */
export interface Priced {
  readonly id: string;
  readonly sku: string;
  readonly title: string;
}

/** The price of a variant in each channel now, the way to change it, and every change there was. */
export function Prices({ variant, isOne = false }: { variant: Priced; isOne?: boolean }): React.JSX.Element {
  const { say } = useWords();
  const can = useCan();
  const [changing, setChanging] = useState(false);
  const history = useList<PriceChange>(`/v1/variants/${variant.id}/price-history`, {}, { limit: 20 });
  return (
    <>
      <Part
        title={isOne ? say('screen.catalog.prices') : say('screen.catalog.prices.of', { title: variant.title })}
        act={
          can('price.manage') && (
            <Button size="compact-sm" variant="subtle" onClick={() => setChanging(true)}>
              {say('screen.catalog.price.change')}
            </Button>
          )
        }
        flush
      >
        <ByChannel variantId={variant.id} />
      </Part>
      <Part title={say('screen.catalog.history')} flush={history.items.length > 0}>
        {history.loading ? <Wait rows={2} /> : <History rows={history.items} />}
        {history.hasMore && (
          <div className={classes.foot}>
            <Button variant="default" size="compact-sm" loading={history.loadingMore} onClick={history.more}>
              {say('screen.catalog.more.show')}
            </Button>
          </div>
        )}
      </Part>
      {changing && <PriceForm variant={variant} history={history.items} onClose={() => setChanging(false)} />}
    </>
  );
}

function ByChannel({ variantId }: { variantId: string }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const nameOf = useChannelName();
  const lists = usePriceLists();
  const own = lists.flatMap((list) => (list.state === 'active' ? list.channels : []));
  const channels = [...new Set([...sellingChannels, ...own])];
  const found = useQueries({
    queries: channels.map((channel) => ({
      queryKey: ['/v1/variants', variantId, channel],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        api.get<{ items: Variant[] }>(address('/v1/variants', { ids: variantId, channel }), {}, signal),
    })),
  });
  return (
    <Sheet
      rows={channels.map((channel, index) => ({ channel, price: found[index]?.data?.items[0] }))}
      keyOf={(row) => row.channel}
      label={say('screen.catalog.prices')}
      columns={[
        {
          title: say('screen.catalog.channel'),
          render: ({ channel }) => (
            <span className={classes.thumb}>
              <ChannelMark channel={channel} label={false} /> {nameOf(channel)}
            </span>
          ),
        },
        {
          title: say('screen.catalog.list'),
          spare: true,
          render: ({ price }) =>
            price === undefined
              ? ''
              : (lists.find((list) => list.id === price.priceListId)?.name ?? (
                  <span className="dim">{say('screen.catalog.list.default')}</span>
                )),
        },
        {
          title: say('screen.catalog.deviation'),
          align: 'right',
          spare: true,
          render: ({ price }) =>
            price === undefined || price.priceMinor === price.basePriceMinor ? (
              ''
            ) : (
              <Deviation priceMinor={price.priceMinor} baseMinor={price.basePriceMinor} />
            ),
        },
        {
          title: say('screen.catalog.price'),
          align: 'right',
          render: ({ price }) =>
            price === undefined ? (
              <span className="dim">{say('screen.catalog.price.none')}</span>
            ) : (
              <>
                {price.oldPriceMinor !== null && (
                  <span className={classes.old}>{format.money(price.oldPriceMinor, price.currency)}</span>
                )}
                {format.money(price.priceMinor, price.currency)}
              </>
            ),
        },
      ]}
    />
  );
}

/** How far a price is from the price everywhere: "−10 %". */
export function Deviation({
  priceMinor,
  baseMinor,
}: {
  priceMinor: number;
  baseMinor: number | null;
}): React.JSX.Element {
  const { locale } = useWords();
  if (baseMinor === null || baseMinor === 0) return <span className="dim">—</span>;
  const share = new Intl.NumberFormat(locale, {
    style: 'percent',
    maximumFractionDigits: 1,
    signDisplay: 'exceptZero',
  });
  return <span>{share.format((priceMinor - baseMinor) / baseMinor).replace('-', '−')}</span>;
}

function History({ rows }: { rows: readonly PriceChange[] }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const who = useWhoName();
  const lists = usePriceLists();
  const day = (at: string): string => format.date(at, 'day');
  const period = (row: PriceChange): string => {
    if (row.from === null && row.until === null) return say('screen.catalog.period.always');
    if (row.until === null) return say('screen.catalog.period.from', { from: day(row.from ?? '') });
    if (row.from === null) return say('screen.catalog.period.until', { until: day(row.until) });
    return `${day(row.from)} — ${day(row.until)}`;
  };
  if (rows.length === 0) return <span className="dim">{say('screen.catalog.history.none')}</span>;
  return (
    <Sheet
      rows={rows}
      keyOf={(row) => row.id}
      label={say('screen.catalog.history')}
      columns={[
        { title: say('screen.catalog.when'), render: (row) => <Ago at={row.at} /> },
        {
          title: say('screen.catalog.list'),
          render: (row) => lists.find((list) => list.id === row.priceListId)?.name ?? '',
        },
        { title: say('screen.catalog.period'), spare: true, render: period },
        { title: say('screen.catalog.who'), spare: true, render: (row) => who(row.by) },
        {
          title: say('screen.catalog.price'),
          align: 'right',
          render: (row) =>
            row.priceMinor === null ? (
              <span className="dim">{say('screen.catalog.price.removed')}</span>
            ) : (
              format.money(row.priceMinor)
            ),
        },
      ]}
    />
  );
}

/** Saves prices on a list; what was refused is told as a failure. */
export async function savePrice(ask: Promise<Saved>, refused: (sku: string) => string): Promise<void> {
  const [first] = (await ask).refused;
  if (first !== undefined) throw new Problem(422, { code: first.why, detail: refused(first.sku) });
}

/** A new price of a variant, now or from a day, everywhere or on a list. */
export function PriceForm({
  variant,
  history,
  listCode = 'default',
  onClose,
}: {
  variant: Priced;
  history: readonly PriceChange[];
  listCode?: string;
  onClose: () => void;
}): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const lists = usePriceLists();
  const refresh = useRefresh();
  const [code, setCode] = useState(listCode);
  const list = lists.find((one) => one.code === code);
  const last = history.find((row) => row.priceListId === list?.id && row.priceMinor !== null);
  const [priceMinor, setPriceMinor] = useState<number | null>(null);
  const [oldPriceMinor, setOldPriceMinor] = useState<number | null>(null);
  const submit = async (form: FormData): Promise<boolean> => {
    if (priceMinor === null) return false;
    // An entry since ever is overruled by one that began later: where there is such a one, "now" is a moment too.
    const isDated = history.some((row) => row.priceListId === list?.id && row.from !== null);
    const from = momentOf(textOf(form, 'from')) ?? (isDated ? new Date().toISOString() : null);
    const until = momentOf(textOf(form, 'until'));
    const put = (price: number | null, old: number | null): Promise<void> =>
      savePrice(
        api.put<Saved>(`/v1/variants/${variant.id}/price`, {
          list: code,
          priceMinor: price,
          oldPriceMinor: old,
          from,
          until,
        }),
        (sku) => say('screen.catalog.entry.refused', { sku }),
      );
    await put(priceMinor, oldPriceMinor);
    await refresh();
    const before = last?.from === from && last?.until === until ? last : undefined;
    tellDone(
      say('screen.catalog.price.changed', { price: format.money(priceMinor) }),
      before === undefined
        ? undefined
        : async () => {
            await put(before.priceMinor, before.oldPriceMinor);
            await refresh();
          },
    );
    return true;
  };
  return (
    <FormDialog title={say('screen.catalog.price.change')} act={say('ui.save')} submit={submit} onClose={onClose}>
      <p className="dim" style={{ margin: 0 }}>
        {variant.title} · {variant.sku}
      </p>
      <div className={classes.pair}>
        <MoneyInput
          label={say('screen.catalog.price.new')}
          valueMinor={priceMinor}
          onChange={setPriceMinor}
          placeholder={last?.priceMinor === undefined || last.priceMinor === null ? '' : format.money(last.priceMinor)}
          required
          withAsterisk={false}
          data-autofocus
        />
        <MoneyInput
          label={say('screen.catalog.price.old')}
          description=""
          valueMinor={oldPriceMinor}
          onChange={setOldPriceMinor}
        />
      </div>
      <Select
        label={say('screen.catalog.list')}
        data={lists
          .filter((one) => one.state === 'active')
          .map((one) => ({
            value: one.code,
            label: one.name,
          }))}
        value={code}
        onChange={(value) => setCode(value ?? 'default')}
        allowDeselect={false}
      />
      <div className={classes.pair}>
        <DayInput name="from" label={say('screen.catalog.list.from')} />
        <DayInput name="until" label={say('screen.catalog.list.until')} />
      </div>
      <p className={classes.small}>{say('screen.catalog.period.about')}</p>
    </FormDialog>
  );
}
