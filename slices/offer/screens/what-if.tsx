import { NumberInput, Select, TagsInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import {
  api,
  Empty,
  Failing,
  MoneyInput,
  Part,
  Pick,
  useCan,
  useChannelName,
  useFormat,
  usePlace,
  useWords,
  Wait,
} from '@ruslo/ui';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Answer } from './answer.tsx';
import { offeredChannels, useTiers } from './condition-form.tsx';
import { findCustomers, findPlaces, findVariants, readCustomer, readPlace, readVariants } from './find.ts';
import { MomentInput, Remove } from './inputs.tsx';
import { readLines, splitList, writeLines, type Priced, type PreviewAsk, type Rule } from './model.ts';
import classes from './offer.module.css';

interface Draft {
  readonly rule: Rule;
  readonly replaces?: string;
}

/**
 * A basket that somebody thought up, what it would cost and why. The basket lives in the address, so that it can be sent to
 * somebody; with a draft the rule that is being written is tried before it is kept.
 */
export function WhatIf({ draft, broken = false }: { draft?: Draft; broken?: boolean }): React.JSX.Element {
  const { say } = useWords();
  const { search } = usePlace();
  const { zone } = useFormat();
  const lines = readLines(search['lines']);
  const ask: PreviewAsk = {
    lines,
    channel: offeredChannels.find((one) => one === search['channel']) ?? 'web',
    placeId: search['place'] ?? null,
    coupons: splitList(search['coupons']),
    timeZone: zone,
    shippingMinor: Number(search['shipping'] ?? 0) || 0,
    ...(search['customer'] === undefined ? {} : { customerId: search['customer'] }),
    ...(search['tier'] === undefined ? {} : { customer: { tier: search['tier'] } }),
    ...(search['at'] === undefined ? {} : { at: search['at'] }),
    ...(draft === undefined || broken ? {} : { draft }),
  };
  const [asked] = useDebouncedValue(JSON.stringify(ask), 250);
  const found = useQuery({
    queryKey: ['offer-preview', asked],
    queryFn: () => api.post<Priced>('/v1/promotions/preview', JSON.parse(asked)),
    enabled: lines.length > 0,
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });
  return (
    <div className={classes.split}>
      <BasketForm />
      <div className={classes.column}>
        {broken && <p className={classes.note}>{say('screen.offer.try.broken')}</p>}
        {lines.length === 0 ? (
          <Part title={say('screen.offer.answer')}>
            <Empty title={say('screen.offer.basket.none')} about={say('screen.offer.basket.none.about')} />
          </Part>
        ) : found.error !== null ? (
          <Failing error={found.error} retry={() => void found.refetch()} />
        ) : found.data === undefined ? (
          <Wait />
        ) : (
          <Answer priced={found.data} draftId={draft?.replaces} stale={found.isPlaceholderData} />
        )}
      </div>
    </div>
  );
}

function BasketForm(): React.JSX.Element {
  const { say } = useWords();
  const { search, setSearch } = usePlace();
  const lines = readLines(search['lines']);
  const [added, setAdded] = useState(0);
  const ids = lines.map((line) => line.variantId);
  const variants = useQuery({
    queryKey: ['offer-variants', ids.join()],
    queryFn: ({ signal }) => readVariants(ids, signal),
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
  });
  const put = (next: typeof lines): void => setSearch({ lines: writeLines(next) });
  return (
    <Part title={say('screen.offer.basket')}>
      <div className={classes.fields}>
        {lines.map((line) => {
          const variant = variants.data?.find((one) => one.id === line.variantId);
          const isWeight = variant?.unit === 'weight';
          const title = variant?.title ?? line.variantId.slice(0, 8);
          return (
            <div key={line.variantId} className={classes.basketLine}>
              <span className={classes.basketTitle}>{title}</span>
              <NumberInput
                className={classes.basketCount ?? ''}
                aria-label={say('screen.offer.basket.quantity', { title })}
                min={1}
                max={1_000_000}
                step={isWeight ? 100 : 1}
                suffix={isWeight ? ` ${say('screen.offer.gram')}` : ''}
                value={line.quantity}
                onChange={(value) => {
                  if (typeof value === 'number' && value > 0)
                    put(lines.map((one) => (one === line ? { ...one, quantity: value } : one)));
                }}
              />
              <Remove
                label={say('screen.offer.basket.remove', { title })}
                onClick={() => put(lines.filter((one) => one !== line))}
              />
            </div>
          );
        })}
        <Pick
          key={`add ${String(added)}`}
          of="variants"
          label={say('screen.offer.basket.add')}
          placeholder={say('screen.offer.basket.add.about')}
          find={findVariants}
          value={null}
          onChange={(one) => {
            if (one === null) return;
            setAdded(added + 1);
            const known = lines.find((line) => line.variantId === one.id);
            put(
              known === undefined
                ? [...lines, { variantId: one.id, quantity: 1 }]
                : lines.map((line) => (line === known ? { ...line, quantity: line.quantity + 1 } : line)),
            );
          }}
        />
        <Circumstances />
      </div>
    </Part>
  );
}

/** Where, when and by whom it is bought. */
function Circumstances(): React.JSX.Element {
  const { say, locale } = useWords();
  const can = useCan();
  const channelName = useChannelName();
  const { search, setSearch } = usePlace();
  const tiers = useTiers();
  return (
    <>
      <Select
        label={say('screen.offer.basket.channel')}
        data={offeredChannels.map((channel) => ({ value: channel, label: channelName(channel) }))}
        value={search['channel'] ?? 'web'}
        onChange={(channel) => setSearch({ channel: channel === 'web' ? null : channel })}
      />
      <Named
        of="places"
        label={say('screen.offer.basket.place')}
        id={search['place']}
        find={findPlaces}
        read={readPlace}
        onChange={(place) => setSearch({ place })}
      />
      {can('customer.read') && (
        <Named
          of="customers"
          label={say('screen.offer.basket.customer')}
          id={search['customer']}
          find={findCustomers}
          read={readCustomer}
          onChange={(customer) => setSearch({ customer })}
        />
      )}
      {tiers.length > 0 && (
        <Select
          clearable
          label={say('screen.offer.basket.tier')}
          placeholder={say('screen.offer.basket.tier.own')}
          data={tiers.map((tier) => ({ value: tier.code, label: tier.name[locale] }))}
          value={search['tier'] ?? null}
          onChange={(tier) => setSearch({ tier })}
        />
      )}
      <TagsInput
        label={say('screen.offer.basket.coupons')}
        acceptValueOnBlur
        maxTags={20}
        value={splitList(search['coupons'])}
        onChange={(coupons) => setSearch({ coupons: coupons.join(',') })}
      />
      <MomentInput
        label={say('screen.offer.basket.at')}
        clockLabel={say('screen.offer.basket.clock')}
        at={search['at'] ?? null}
        onChange={(at) => setSearch({ at })}
      />
      <MoneyInput
        label={say('screen.offer.basket.shipping')}
        valueMinor={search['shipping'] === undefined ? null : Number(search['shipping'])}
        onChange={(minor) => setSearch({ shipping: minor === null || minor === 0 ? null : String(minor) })}
      />
    </>
  );
}

/** A choice of which the address keeps the id; its name is asked. */
function Named({
  of,
  label,
  id,
  find,
  read,
  onChange,
}: {
  of: string;
  label: string;
  id: string | undefined;
  find: React.ComponentProps<typeof Pick>['find'];
  read: (id: string, signal: AbortSignal) => Promise<string>;
  onChange: (id: string | null) => void;
}): React.JSX.Element {
  const found = useQuery({
    queryKey: ['offer-name', of, id],
    queryFn: ({ signal }) => read(id ?? '', signal),
    enabled: id !== undefined,
    staleTime: 300_000,
    retry: false,
  });
  const name = found.data ?? id?.slice(0, 8) ?? '';
  return (
    <Pick
      key={`${id ?? ''} ${found.data ?? ''}`}
      of={of}
      label={label}
      find={find}
      value={id === undefined ? null : { id, label: name }}
      onChange={(one) => onChange(one?.id ?? null)}
    />
  );
}
