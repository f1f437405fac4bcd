import { newId } from '@ruslo/platform';
import type { Query, Tx } from '@ruslo/platform';
import { balance, pointsFrom, pointsIn } from '@ruslo/wallet';
import type { Balance } from '@ruslo/wallet';
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

interface StandingRow {
  readonly id: string;
  readonly amounts: number[] | null;
  readonly counts: Date[] | null;
  readonly known: Date[] | null;
}

const standingSql = (more: string): string =>
  `select p.id, q.amounts, q.counts, q.known ${more} from (select id, reach_days from loyalty.programme order by version desc limit 1) p,
     lateral (select array_agg(amount_minor::float8) as amounts, array_agg(counts_at) as counts, array_agg(known_at) as known
       from loyalty.qualification where customer_id = any ((select $1::uuid[])::uuid[]) and counts_at > (select $2::timestamptz) - make_interval(days => p.reach_days)) q`;

async function standingOf(
  query: Query,
  row: StandingRow | undefined,
): Promise<{ readonly programme: Compiled; readonly rows: readonly Qualifying[] }> {
  const programme = await compiledOf(query, row?.id ?? null);
  const rows = (row?.amounts ?? []).map((amountMinor, index) => ({
    amountMinor,
    countsAtMs: row?.counts?.[index]?.getTime() ?? 0,
    knownAtMs: row?.known?.[index]?.getTime() ?? 0,
  }));
  return { programme, rows };
}

/** The programme in force and the money of a person that can still matter for the tier, in one statement. */
export async function readStanding(
  query: Query,
  customerIds: readonly string[],
  at: Date,
): Promise<{ readonly programme: Compiled; readonly rows: readonly Qualifying[] }> {
  const [row] = await query.query<StandingRow>(standingSql(''), [customerIds, at], 'loyalty.standing');
  return standingOf(query, row);
}

const purseOf = (lock: boolean): string =>
  standingSql(`, (${pointsIn('(select $2::timestamptz)', '(select $1::uuid[])::uuid[]', lock)}) as purse`);
const [withPurse, withPurseLocked] = [purseOf(false), purseOf(true)];

/** The same with the points of that person. Without a programme there is no row: then the points are read apart. */
export async function readStandingAndPurse(
  query: Query,
  customerIds: readonly string[],
  at: Date,
  lockIn: Tx | undefined,
): Promise<{ readonly programme: Compiled; readonly rows: readonly Qualifying[]; readonly purse: Balance }> {
  const [row] = await (lockIn ?? query).query<StandingRow & { purse: unknown }>(
    lockIn === undefined ? withPurse : withPurseLocked,
    [customerIds, at],
    lockIn === undefined ? 'loyalty.standing-purse' : 'loyalty.standing-purse-locked',
  );
  const purse =
    row === undefined
      ? await balance(query, customerIds, 'points', at)
      : pointsFrom(row.purse, at, lockIn === undefined ? undefined : { tx: lockIn, customerIds });
  return { ...(await standingOf(query, row)), purse };
}

/** Lets nobody else make a version until this transaction ends; readers go on. */
export const lockProgramme = (tx: Tx): Promise<unknown> => tx.query('lock table loyalty.programme in exclusive mode');

/** Makes a new version of the programme, which holds from now on. */
export async function insertProgramme(tx: Tx, settings: Settings, by: string, now: Date): Promise<number> {
  await lockProgramme(tx);
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
  /** What people call the order. */
  readonly number?: string | undefined;
  readonly at: Date;
}

/** Money of orders that counts from now on, once per order, and a look at the tier that is due. Returns the programme in force. */
export async function insertQualifications(tx: Tx, rows: readonly NewQualification[]): Promise<Compiled> {
  const [row] = await tx.query<{ id: string | null }>(
    `with q as (
       insert into loyalty.qualification (id, key, customer_id, order_id, number, amount_minor, counts_at, known_at)
       select u.id, 'award:' || u.order_id, u.customer_id, u.order_id, u.number, u.amount, u.at, u.at
       from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[]) as u (id, customer_id, order_id, number, amount, at)
       on conflict (key) do nothing returning customer_id, known_at),
     look as (
       insert into loyalty.standing as standing (customer_id, check_at)
       select customer_id, max(known_at) from q group by customer_id order by customer_id
       on conflict (customer_id) do update set check_at = least(standing.check_at, excluded.check_at))
     select (select id from loyalty.programme order by version desc limit 1) as id`,
    [
      rows.map(() => newId()),
      rows.map((row) => row.customerId),
      rows.map((row) => row.orderId),
      rows.map((row) => row.number ?? null),
      rows.map((row) => row.amountMinor),
      rows.map((row) => row.at),
    ],
    'loyalty.qualify',
  );
  return compiledOf(tx, row?.id ?? null);
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

/** What people call these orders, as far as the programme was told. */
export async function readNumbers(query: Query, orderIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await query.query<{ orderId: string; number: string }>(
    'select order_id as "orderId", number from loyalty.qualification where order_id = any($1::text[]) and number is not null',
    [orderIds],
    'loyalty.numbers',
  );
  return new Map(rows.map((row) => [row.orderId, row.number]));
}

export interface ProgrammeRow {
  readonly version: number;
  readonly settings: SettingsInput;
  readonly by: string;
  readonly at: Date;
}

export async function readVersion(query: Query): Promise<ProgrammeRow | undefined> {
  const [row] = await query.query<ProgrammeRow>(
    'select version, settings, by, at from loyalty.programme order by version desc limit 1',
  );
  return row;
}

export const readVersions = (query: Query, before: number | null, limit: number): Promise<ProgrammeRow[]> =>
  query.query<ProgrammeRow>(
    'select version, settings, by, at from loyalty.programme where $1::int is null or version < $1 order by version desc limit $2',
    [before, limit],
  );

/** Customers whose tier is due to be looked at; locked against other processes. */
export async function dueStandings(tx: Tx, now: Date, limit: number): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select customer_id as id from loyalty.standing where check_at <= $1 order by check_at limit $2 for update skip locked`,
    [now, limit],
    'loyalty.due',
  );
  return rows.map((row) => row.id);
}

/** Nobody's money becomes known for these ids until the transaction ends: what comes after it is looked at after it. */
export const lockStandings = (tx: Tx, customerIds: readonly string[]): Promise<unknown> =>
  tx.query(
    'select from loyalty.standing where customer_id = any($1::uuid[]) order by customer_id for update',
    [customerIds],
    'loyalty.lock-standings',
  );

export const readStandings = (
  query: Query,
  customerIds: readonly string[],
): Promise<{ customerId: string; tier: string | null }[]> =>
  query.query(
    'select customer_id as "customerId", tier from loyalty.standing where customer_id = any($1::uuid[])',
    [customerIds],
    'loyalty.standings',
  );

/** Money of many persons at once, by the customer id it was written with. */
export async function readMoney(
  query: Query,
  customerIds: readonly string[],
  reach: number,
  at: Date,
): Promise<Map<string, Qualifying[]>> {
  const rows = await query.query<{ id: string; amountMinor: number; counts: Date; known: Date }>(
    `select customer_id as id, amount_minor as "amountMinor", counts_at as counts, known_at as known from loyalty.qualification
     where customer_id = any($1::uuid[]) and counts_at > $2::timestamptz - make_interval(days => $3)`,
    [customerIds, at, reach],
    'loyalty.money',
  );
  const money = new Map<string, Qualifying[]>();
  for (const { id, amountMinor, counts, known } of rows) {
    const row = { amountMinor, countsAtMs: counts.getTime(), knownAtMs: known.getTime() };
    const list = money.get(id);
    if (list === undefined) money.set(id, [row]);
    else list.push(row);
  }
  return money;
}

export async function saveStandings(
  tx: Tx,
  rows: readonly { readonly customerId: string; readonly tier: string | null; readonly checkAt: Date | null }[],
): Promise<void> {
  await tx.query(
    `insert into loyalty.standing (customer_id, tier, check_at) select * from unnest($1::uuid[], $2::text[], $3::timestamptz[])
     on conflict (customer_id) do update set tier = excluded.tier, check_at = excluded.check_at`,
    [rows.map((row) => row.customerId), rows.map((row) => row.tier), rows.map((row) => row.checkAt)],
    'loyalty.save-standings',
  );
}

/** Somebody became one with another, or was parted: the tier is looked at again. */
export const lookAgain = (tx: Tx, customerIds: readonly string[], now: Date): Promise<unknown> =>
  tx.query('update loyalty.standing set check_at = $2 where customer_id = any($1::uuid[])', [customerIds, now]);

export async function forgetCustomers(tx: Tx, customerIds: readonly string[]): Promise<void> {
  await tx.query('delete from loyalty.standing where customer_id = any($1::uuid[])', [customerIds]);
  await tx.query('update loyalty.qualification set customer_id = null where customer_id = any($1::uuid[])', [
    customerIds,
  ]);
}

export const exportMoney = (query: Query, customerIds: readonly string[]): Promise<Record<string, unknown>[]> =>
  query.query(
    `select order_id as "orderId", number, amount_minor as "amountMinor", counts_at as "countsAt", known_at as "knownAt"
     from loyalty.qualification where customer_id = any($1::uuid[]) order by known_at, id`,
    [customerIds],
  );
