import { headsOf } from '@ruslo/identity';
import { ok, refuse } from '@ruslo/kernel';
import type { Channel, Result } from '@ruslo/kernel';
import { append, fact, newId } from '@ruslo/platform';
import type { Follower, House, Query, Tx } from '@ruslo/platform';
import { available } from './promise.ts';

/** Customers who wait until something is there again. */

export interface WaitRow {
  readonly id: string;
  readonly variantId: string;
  readonly placeId: string | null;
  readonly at: Date;
}
const columns = 'id, variant_id as "variantId", place_id as "placeId", at';

/** Refuses `stock.there` when it can be had. The same again gives the first wait. */
export async function addWait(
  tx: Tx,
  from: {
    readonly customerId: string;
    readonly variantId: string;
    readonly placeId: string | null;
    readonly channel: Channel;
    readonly now: Date;
  },
): Promise<Result<WaitRow>> {
  // Whoever brings it back just now waits for us, or we see it: nobody is forgotten in between.
  await tx.query('select from stock.level where variant_id = $1 order by place_id for share', [from.variantId]);
  const there = (await available(tx, [from.variantId])).get(from.variantId);
  const quantity = from.placeId === null ? there?.total : there?.byPlace.get(from.placeId);
  if (quantity !== undefined && quantity > 0) return refuse('stock.there', 409, { available: quantity });
  const [row] = await tx.query<WaitRow>(
    `insert into stock.wait (id, customer_id, variant_id, place_id, channel, at) values ($1, $2, $3, $4, $5, $6)
     on conflict (customer_id, variant_id, place_id) do update set channel = excluded.channel returning ${columns}`,
    [newId(), from.customerId, from.variantId, from.placeId, from.channel, from.now],
  );
  return row === undefined ? refuse('stock.there', 409) : ok(row);
}

/** Of a person. */
export const mostWaits = 500;

export const waitsOf = (query: Query, customerIds: readonly string[]): Promise<WaitRow[]> =>
  query.query<WaitRow>(
    `select ${columns} from stock.wait where customer_id = any($1::uuid[]) order by at desc, id desc limit $2`,
    [customerIds, mostWaits],
  );

export async function endWaits(tx: Tx, customerIds: readonly string[], variantId?: string): Promise<void> {
  await tx.query(
    'delete from stock.wait where customer_id = any($1::uuid[]) and ($2::uuid is null or variant_id = $2)',
    [customerIds, variantId ?? null],
  );
}

interface Told {
  readonly id: string;
  readonly customerId: string;
  readonly variantId: string;
  readonly placeId: string;
  readonly channel: Channel;
  readonly available: number;
  readonly at: Date;
}

/** Tells each who waited, once: a fact of hers for `stock.back`, which later journeys and messages use. */
export const waitFollower = (house: House): Follower => ({
  name: 'stock.wait',
  names: ['stock.back'],
  async handle(tx, events) {
    // The last word on a variant and place counts.
    const backs = new Map(events.map(({ data }) => [`${String(data['variantId'])} ${String(data['placeId'])}`, data]));
    const list = [...backs.values()];
    const told = await tx.query<Told>(
      `with back as (select distinct on (v, p) v, p, q from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as b (v, p, q)),
         met as (select distinct on (w.id) w.id, b.p, b.q from stock.wait w join back b on b.v = w.variant_id
           and (w.place_id is null or w.place_id = b.p) order by w.id, b.q desc, b.p)
       delete from stock.wait w using met where w.id = met.id
       returning w.id, w.customer_id as "customerId", w.variant_id as "variantId", met.p as "placeId", w.channel, met.q as available, w.at`,
      [
        list.map((data) => data['variantId']),
        list.map((data) => data['placeId']),
        list.map((data) => data['available']),
      ],
    );
    if (told.length === 0) return;
    const at = house.clock.now();
    await append(
      tx,
      (await oncePerPerson(tx, told)).map((row) =>
        fact({
          name: 'stock.back-for-customer',
          customerId: row.customerId,
          channel: row.channel,
          at,
          data: { variantId: row.variantId, placeId: row.placeId, available: row.available },
        }),
      ),
    );
  },
});

/** Who waited under two ids hears it once. Who waited longest hears it first. */
async function oncePerPerson(tx: Tx, told: readonly Told[]): Promise<Told[]> {
  const heads = await headsOf(tx, [...new Set(told.map(({ customerId }) => customerId))]);
  const sorted = told.toSorted((one, other) => one.at.getTime() - other.at.getTime() || (one.id < other.id ? -1 : 1));
  const seen = new Set<string>();
  return sorted.filter(({ customerId, variantId }) => {
    const key = `${heads.get(customerId) ?? customerId} ${variantId}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
