import { newId } from '@ruslo/platform';
import type { Query, Tx } from '@ruslo/platform';
import { settingsSchema } from './contract.ts';
import type { Settings, SettingsInput } from './contract.ts';
import { compile, reachDays } from './rules.ts';
import type { Compiled, Qualifying } from './rules.ts';

/** Before anybody has set a programme: nothing is earned and nothing can be spent. */
const none = compile(settingsSchema.parse({}));

// Versions never change, so what an id names may be remembered for good; which version holds is read in the transaction.
const remembered = new Map<string, Compiled>();
const mostRemembered = 50;

async function compiledOf(query: Query, id: string | null): Promise<Compiled> {
  if (id === null) return none;
  const known = remembered.get(id);
  if (known !== undefined) return known;
  const [row] = await query.query<{ settings: SettingsInput }>('select settings from loyalty.programme where id = $1', [
    id,
  ]);
  // Parsed again: settings that came later have their defaults in older versions.
  const compiled = row === undefined ? none : compile(settingsSchema.parse(row.settings));
  if (remembered.size >= mostRemembered) remembered.clear();
  remembered.set(id, compiled);
  return compiled;
}

export async function readProgramme(query: Query): Promise<Compiled> {
  const [row] = await query.query<{ id: string }>(
    'select id from loyalty.programme order by version desc limit 1',
    [],
    'loyalty.programme',
  );
  return compiledOf(query, row?.id ?? null);
}

/** The programme in force and the money of a person that can still matter for the tier, in one statement. */
export async function readStanding(
  query: Query,
  customerIds: readonly string[],
  at: Date,
): Promise<{ readonly programme: Compiled; readonly rows: readonly Qualifying[] }> {
  const [row] = await query.query<{
    id: string;
    amounts: number[] | null;
    counts: Date[] | null;
    known: Date[] | null;
  }>(
    `select p.id, q.amounts, q.counts, q.known from (select id, reach_days from loyalty.programme order by version desc limit 1) p,
     lateral (select array_agg(amount_minor::float8) as amounts, array_agg(counts_at) as counts, array_agg(known_at) as known
       from loyalty.qualification where customer_id = any($1::uuid[]) and counts_at > $2::timestamptz - make_interval(days => p.reach_days)) q`,
    [customerIds, at],
    'loyalty.standing',
  );
  const programme = await compiledOf(query, row?.id ?? null);
  const rows = (row?.amounts ?? []).map((amountMinor, index) => ({
    amountMinor,
    countsAtMs: row?.counts?.[index]?.getTime() ?? 0,
    knownAtMs: row?.known?.[index]?.getTime() ?? 0,
  }));
  return { programme, rows };
}

/** Makes a new version of the programme, which holds from now on. */
export async function insertProgramme(tx: Tx, settings: Settings, by: string, now: Date): Promise<number> {
  await tx.query('lock table loyalty.programme in exclusive mode');
  const [row] = await tx.query<{ version: number }>(
    `insert into loyalty.programme (version, id, settings, reach_days, by, at)
     select coalesce(max(version), 0) + 1, $1, $2, $3, $4, $5 from loyalty.programme returning version`,
    [newId(), JSON.stringify(settings), reachDays(settings), by, now],
  );
  // A higher threshold or another window may change anybody's tier.
  await tx.query('update loyalty.standing set check_at = $1 where check_at is null or check_at > $1', [now]);
  return row?.version ?? 0;
}

export interface NewQualification {
  readonly orderId: string;
  readonly customerId: string;
  readonly amountMinor: number;
  readonly at: Date;
}

/** Money of orders that counts from now on, once per order, and a look at the tier that is due. */
export async function insertQualifications(tx: Tx, rows: readonly NewQualification[]): Promise<void> {
  await tx.query(
    `with q as (
       insert into loyalty.qualification (id, key, customer_id, order_id, amount_minor, counts_at, known_at)
       select u.id, 'award:' || u.order_id, u.customer_id, u.order_id, u.amount, u.at, u.at
       from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::timestamptz[]) as u (id, customer_id, order_id, amount, at)
       on conflict (key) do nothing returning customer_id, known_at)
     insert into loyalty.standing as standing (customer_id, check_at)
     select customer_id, max(known_at) from q group by customer_id order by customer_id
     on conflict (customer_id) do update set check_at = least(standing.check_at, excluded.check_at)`,
    [
      rows.map(() => newId()),
      rows.map((row) => row.customerId),
      rows.map((row) => row.orderId),
      rows.map((row) => row.amountMinor),
      rows.map((row) => row.at),
    ],
    'loyalty.qualify',
  );
}

/** Less of the money of an order counts, never less than nothing of it. Once per key. */
export async function reverseQualification(
  tx: Tx,
  from: { readonly orderId: string; readonly amountMinor: number; readonly key: string; readonly now: Date },
): Promise<void> {
  const [order] = await tx.query<{ id: string }>(
    `select id from loyalty.qualification where key = 'award:' || $1 for update`,
    [from.orderId],
    'loyalty.lock-order',
  );
  if (order === undefined || from.amountMinor <= 0) return;
  await tx.query(
    `with q as (
       insert into loyalty.qualification (id, key, customer_id, order_id, amount_minor, counts_at, known_at)
       select $2, 'reverse:' || $4 || ':' || $3, one.customer_id, $4, -least($5::bigint, rest.left), one.counts_at, $6
       from loyalty.qualification one, (select sum(amount_minor)::bigint as left from loyalty.qualification where order_id = $4) rest
       where one.id = $1 and rest.left > 0 on conflict (key) do nothing returning customer_id)
     update loyalty.standing set check_at = least(check_at, $6) from q where standing.customer_id = q.customer_id`,
    [order.id, newId(), from.key, from.orderId, from.amountMinor, from.now],
    'loyalty.reverse',
  );
}
