import { Button, SegmentedControl, Select, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { api, Empty, Go, Light, PageHead, Part, tellFailure, useFormat, useWords } from '@ruslo/ui';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { LineFields, type Line } from './acts.tsx';
import type { Place, PromiseItem, Tariff } from './model.ts';
import { perOne, PlaceSelect, Quantity, usePlaceName, usePlaces, VariantName } from './parts.tsx';
import classes from './stock.module.css';

type Method = 'pickup' | 'delivery';

/** Cities in which there is a place, each with a point of it. */
const citiesOf = (places: readonly Place[]): Map<string, string> =>
  new Map(places.toReversed().map((place) => [place.city, `${String(place.lat)}, ${String(place.lon)}`]));

/** Reads "55.75, 37.61"; undefined when it is no point. */
export function readPoint(text: string): { lat: number; lon: number } | undefined {
  const match = /^\s*(-?\d{1,2}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)\s*$/.exec(text);
  if (match === null) return undefined;
  const [lat, lon] = [Number(match[1]), Number(match[2])];
  return Math.abs(lat) > 90 || Math.abs(lon) > 180 ? undefined : { lat, lon };
}

/** What would be promised to somebody: which places serve, by when, at what cost. Nothing is reserved. */
export default function PromisePage(): React.JSX.Element {
  const { say } = useWords();
  const places = usePlaces();
  const cities = citiesOf(places);
  const [method, setMethod] = useState<Method>('delivery');
  const [point, setPoint] = useState('');
  const [placeId, setPlaceId] = useState<string | null>(null);
  const [lines, setLines] = useState<readonly Line[]>([{ key: 0, variant: null, count: 1 }]);
  const asked = useMutation({
    mutationFn: () =>
      api.post<{ items: PromiseItem[] }>('/v1/stock/promise', {
        method,
        to: readPoint(point) ?? null,
        ...(method === 'pickup' && placeId !== null ? { placeId } : {}),
        lines: lines
          .filter((line) => line.variant !== null && (line.count ?? 0) > 0)
          .map((line) => ({
            variantId: line.variant?.id,
            quantity: Math.round((line.count ?? 0) * perOne(line.variant?.id ?? '')),
          })),
      }),
    onError: tellFailure,
  });
  const isWrong = point.trim() !== '' && readPoint(point) === undefined;
  const isReady = lines.some((line) => line.variant !== null && (line.count ?? 0) > 0) && !isWrong;
  const set = (key: number, change: Partial<Line>): void =>
    setLines(lines.map((line) => (line.key === key ? { ...line, ...change } : line)));
  return (
    <>
      <PageHead title={say('screen.stock.promise')} about={say('screen.stock.promise.about')} />
      <div className={`${classes.page ?? ''} ${classes.narrow ?? ''}`}>
        <Part title={say('screen.stock.promise.ask')}>
          <form
            className={classes.form}
            onSubmit={(event) => {
              event.preventDefault();
              if (isReady) asked.mutate();
            }}
          >
            {lines.map((line, index) => (
              <LineFields
                key={line.key}
                line={line}
                isFirst={index === 0}
                label={say('screen.stock.quantity')}
                min={0}
                onChange={(change) => set(line.key, change)}
                onRemove={lines.length === 1 ? undefined : () => setLines(lines.filter((one) => one.key !== line.key))}
              />
            ))}
            <Button
              variant="subtle"
              size="compact-sm"
              leftSection={<IconPlus size={14} />}
              style={{ justifySelf: 'start' }}
              onClick={() => setLines([...lines, { key: (lines.at(-1)?.key ?? 0) + 1, variant: null, count: 1 }])}
            >
              {say('screen.stock.line.add')}
            </Button>
            <SegmentedControl
              aria-label={say('screen.stock.promise.method')}
              data={(['delivery', 'pickup'] as const).map((one) => ({
                value: one,
                label: say(`screen.stock.promise.${one}`),
              }))}
              value={method}
              onChange={(value) => setMethod(value === 'pickup' ? 'pickup' : 'delivery')}
              style={{ justifySelf: 'start' }}
            />
            <div className={classes.pair}>
              <Select
                label={say('screen.stock.promise.city')}
                data={[...cities.keys()].toSorted((one, other) => one.localeCompare(other))}
                searchable
                clearable
                value={[...cities].find(([, at]) => at === point)?.[0] ?? null}
                onChange={(city) => setPoint(city === null ? '' : (cities.get(city) ?? ''))}
              />
              <TextInput
                label={say('screen.stock.promise.point')}
                placeholder="55.7558, 37.6173"
                value={point}
                onChange={(event) => setPoint(event.currentTarget.value)}
                error={isWrong ? say('screen.stock.promise.point.wrong') : undefined}
              />
            </div>
            {method === 'pickup' && (
              <PlaceSelect
                clearable
                label={say('screen.stock.promise.place')}
                placeholder={say('screen.stock.place.any')}
                value={placeId}
                onChange={setPlaceId}
              />
            )}
            <Button type="submit" disabled={!isReady} loading={asked.isPending} style={{ justifySelf: 'start' }}>
              {say('screen.stock.promise.do')}
            </Button>
          </form>
        </Part>
        <div aria-live="polite" className={classes.form}>
          {asked.data !== undefined && (
            <Answers items={asked.data.items} method={asked.data.items[0]?.placeId === null ? 'delivery' : 'pickup'} />
          )}
        </div>
      </div>
    </>
  );
}

function Answers({ items, method }: { items: readonly PromiseItem[]; method: Method }): React.JSX.Element {
  const { say } = useWords();
  const tariff = useQuery({
    queryKey: ['/v1/stock/tariff'],
    queryFn: ({ signal }) => api.get<Tariff>('/v1/stock/tariff', {}, signal),
  }).data;
  // Hours of waiting count from the moment of the answer.
  const [at] = useState(() => Date.now());
  if (items.length === 0)
    return <Empty title={say('screen.stock.promise.none')} about={say('screen.stock.promise.none.about')} />;
  return (
    <>
      {items.map((item, index) => (
        <Answer key={index} item={item} isBest={index === 0} method={method} tariff={tariff} at={at} />
      ))}
    </>
  );
}

function Answer({
  item,
  isBest,
  method,
  tariff,
  at,
}: {
  item: PromiseItem;
  isBest: boolean;
  method: Method;
  tariff: Tariff | undefined;
  at: number;
}): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const nameOf = usePlaceName();
  const when = `${format.date(item.readyAt, 'day')}, ${format.date(item.readyAt, 'time')}`;
  const title =
    item.placeId === null
      ? item.parts.map((part) => nameOf(part.placeId)).join(' + ')
      : say('screen.stock.promise.at', { place: nameOf(item.placeId) });
  return (
    <Part
      title={title}
      act={
        <Light
          state={item.missing.length > 0 ? 'warn' : isBest ? 'good' : 'none'}
          label={say(
            item.missing.length > 0
              ? 'screen.stock.promise.partly'
              : isBest
                ? 'screen.stock.promise.best'
                : 'screen.stock.promise.also',
          )}
        />
      }
    >
      <div className={classes.promise}>
        <strong>
          {say(method === 'pickup' ? 'screen.stock.promise.ready' : 'screen.stock.promise.by', { when })}
          {item.costMinor > 0 && ` · ${format.money(item.costMinor)}`}
        </strong>
        <ul className={classes.parts}>
          {item.parts.map((part) => (
            <li key={part.placeId}>
              <Go to={`/places/${part.placeId}`}>{nameOf(part.placeId)}</Go>
              {part.distanceKm !== null && (
                <span className="dim">
                  {' '}
                  · {say('screen.stock.promise.km', { km: format.number(Math.round(part.distanceKm)) })}
                </span>
              )}
              {part.lines.map((line) => (
                <div key={line.variantId}>
                  <VariantName id={line.variantId} /> × <Quantity id={line.variantId} of={line.quantity} />
                </div>
              ))}
            </li>
          ))}
        </ul>
        {item.missing.map((line) => (
          <div key={line.variantId} className={classes.minus}>
            {say('screen.stock.promise.missing')}: <VariantName id={line.variantId} /> ×{' '}
            <Quantity id={line.variantId} of={line.quantity} />
          </div>
        ))}
        <p className={classes.note}>
          {say('screen.stock.promise.why')} <Why item={item} method={method} tariff={tariff} at={at} />
        </p>
      </div>
    </Part>
  );
}

/** Why it stands where it stands: what the way, the waiting and further parcels weigh by the tariff. */
function Why({
  item,
  method,
  tariff,
  at,
}: {
  item: PromiseItem;
  method: Method;
  tariff: Tariff | undefined;
  at: number;
}): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const nameOf = usePlaceName();
  const hours = Math.max(0, (new Date(item.readyAt).getTime() - at) / 3_600_000);
  const from = item.parts.filter((part) => part.placeId !== item.placeId);
  if (method === 'pickup')
    return (
      <>
        {from.length === 0
          ? say('screen.stock.promise.why.here')
          : say('screen.stock.promise.why.brought', { places: from.map((part) => nameOf(part.placeId)).join(', ') })}
      </>
    );
  if (tariff === undefined) return <>…</>;
  const km = item.parts.reduce((sum, part) => sum + (part.distanceKm ?? 0), 0);
  const further = item.parts.length - 1;
  const [way, wait, parcels] = [km * tariff.kmMinor, hours * tariff.hourMinor, further * tariff.partMinor];
  const money = (minor: number): string => format.money(Math.round(minor / 100) * 100);
  return (
    <>
      {say('screen.stock.promise.why.way', { km: format.number(Math.round(km)), money: money(way) })},{' '}
      {say('screen.stock.promise.why.wait', { hours: format.number(Math.round(hours)), money: money(wait) })}
      {further > 0 && `, ${say('screen.stock.promise.why.parcels', { count: further, money: money(parcels) })}`};{' '}
      {say('screen.stock.promise.why.sum', { money: money(way + wait + parcels) })}
    </>
  );
}
