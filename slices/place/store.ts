import type { Query, Tx } from '@ruslo/platform';
import type { PlaceKind, PlaceService } from './contract.ts';
import type { Hours } from './rules.ts';

export interface Place {
  readonly id: string;
  /** Short code of the company: `KZN-1`. Unique. */
  readonly code: string;
  readonly kind: PlaceKind;
  readonly name: string;
  readonly brand: string | null;
  readonly city: string;
  readonly address: string;
  readonly lat: number;
  readonly lon: number;
  readonly timeZone: string;
  readonly services: readonly PlaceService[];
  readonly state: 'open' | 'closed';
  /** Place whose floor it stands on: a café corner in a shop. */
  readonly withinId: string | null;
  readonly phone: string | null;
  /** Null: round the clock. */
  readonly hours: Hours | null;
  /** Minutes of opening time that gathering an order takes. */
  readonly prepMinutes: number;
}

const columns = `id, code, kind, name, brand, city, address, lat, lon, time_zone as "timeZone", services, state,
  within_id as "withinId", phone, hours, prep_minutes as "prepMinutes"`;

const known = new Map<string, readonly Place[]>();
const knownMost = 8;

/** The version of all places as part of the caller's own statement: a `select` of one value. */
export const versionIn = 'select id from place.version';

/**
 * All places, by code. Reads only their version where this process has read them since they last changed.
 * @param version when the caller has read it as part of a statement of its own
 */
export async function allPlaces(query: Query, version?: string): Promise<readonly Place[]> {
  const key = version ?? (await query.query<{ id: string }>(versionIn, [], 'place.version'))[0]?.id ?? '';
  const kept = known.get(key);
  if (kept !== undefined) return kept;
  const rows = await query.query<Place>(`select ${columns} from place.place order by code`, [], 'place.all');
  const [oldest] = known.keys();
  if (known.size >= knownMost && oldest !== undefined) known.delete(oldest);
  known.set(key, rows);
  return rows;
}

export const placesById = (query: Query, ids: readonly string[]): Promise<Place[]> =>
  query.query<Place>(
    `select ${columns} from place.place where id = any($1::uuid[]) order by code`,
    [ids],
    'place.by-id',
  );

/** Places that sell nothing now; usually none. */
export async function closedPlaces(query: Query): Promise<string[]> {
  const rows = await query.query<{ id: string }>(
    `select id from place.place where state = 'closed'`,
    [],
    'place.closed',
  );
  return rows.map(({ id }) => id);
}

const insertSql = `insert into place.place (id, code, kind, name, brand, city, address, lat, lon, time_zone, services, state, within_id,
    phone, hours, prep_minutes, changed_at)
  select id, code, kind, name, brand, city, address, lat, lon, "timeZone", array(select jsonb_array_elements_text(services)), state,
    "withinId", phone, nullif(hours, 'null'), "prepMinutes", $2
  from jsonb_to_recordset($1) as row (id uuid, code text, kind text, name text, brand text, city text, address text, lat float8,
    lon float8, "timeZone" text, services jsonb, state text, "withinId" uuid, phone text, hours jsonb, "prepMinutes" int) order by code`;

/** Inserts new codes and overwrites known ones; returns the id of each code. */
export async function upsertPlaces(tx: Tx, rows: readonly Place[], now: Date): Promise<Map<string, string>> {
  const saved = await tx.query<{ code: string; id: string }>(
    `${insertSql}
     on conflict (code) do update set kind = excluded.kind, name = excluded.name, brand = excluded.brand, city = excluded.city,
       address = excluded.address, lat = excluded.lat, lon = excluded.lon, time_zone = excluded.time_zone,
       services = excluded.services, state = excluded.state, within_id = excluded.within_id, phone = excluded.phone,
       hours = excluded.hours, prep_minutes = excluded.prep_minutes, changed_at = excluded.changed_at
     returning code, id`,
    [JSON.stringify(rows), now],
  );
  return new Map(saved.map(({ code, id }) => [code, id]));
}

/** False when the code is taken. */
export async function insertPlace(tx: Tx, row: Place, now: Date): Promise<boolean> {
  const rows = await tx.query(`${insertSql} on conflict (code) do nothing returning id`, [JSON.stringify([row]), now]);
  return rows.length > 0;
}

export async function updatePlace(tx: Tx, row: Place, now: Date): Promise<void> {
  await tx.query(
    `update place.place set code = $2, kind = $3, name = $4, brand = $5, city = $6, address = $7, lat = $8, lon = $9, time_zone = $10,
       services = $11, state = $12, within_id = $13, phone = $14, hours = $15, prep_minutes = $16, changed_at = $17 where id = $1`,
    [
      row.id,
      row.code,
      row.kind,
      row.name,
      row.brand,
      row.city,
      row.address,
      row.lat,
      row.lon,
      row.timeZone,
      row.services,
      row.state,
      row.withinId,
      row.phone,
      row.hours === null ? null : JSON.stringify(row.hours),
      row.prepMinutes,
      now,
    ],
  );
}

export async function lockPlace(tx: Tx, id: string): Promise<Place | undefined> {
  return (await tx.query<Place>(`select ${columns} from place.place where id = $1 for update`, [id]))[0];
}

export async function codeTaken(query: Query, code: string, id: string): Promise<boolean> {
  return (await query.query('select from place.place where code = $1 and id <> $2', [code, id])).length > 0;
}

/** Says which places stand on the floor of which, both by code. */
export async function setWithin(
  tx: Tx,
  pairs: readonly (readonly [code: string, withinCode: string])[],
): Promise<void> {
  await tx.query(
    `update place.place p set within_id = o.id from unnest($1::text[], $2::text[]) as w (code, within)
     join place.place o on o.code = w.within where p.code = w.code`,
    [pairs.map(([code]) => code), pairs.map(([, within]) => within)],
  );
}

export interface Cell {
  readonly code: string;
  readonly ref: string | null;
  readonly takenAt: Date | null;
}
export const cellsOf = (query: Query, placeId: string): Promise<Cell[]> =>
  query.query<Cell>(
    'select code, ref, taken_at as "takenAt" from place.cell where place_id = $1 order by position, code',
    [placeId],
  );

/** Makes the desk have these cells in this order. Returns a cell that would go though a parcel lies in it: then nothing is done. */
export async function setCells(tx: Tx, placeId: string, codes: readonly string[]): Promise<string | undefined> {
  const [occupied] = await tx.query<{ code: string }>(
    `select code from place.cell where place_id = $1 and code <> all($2::text[]) and ref is not null limit 1`,
    [placeId, codes],
  );
  if (occupied !== undefined) return occupied.code;
  // A parcel that is put in a cell just now makes this wait, and then stay.
  await tx.query('delete from place.cell where place_id = $1 and code <> all($2::text[]) and ref is null', [
    placeId,
    codes,
  ]);
  await tx.query(
    `insert into place.cell (place_id, code, position) select $1, code, position from unnest($2::text[]) with ordinality as c (code, position)
     order by code on conflict (place_id, code) do update set position = excluded.position`,
    [placeId, codes],
  );
  return undefined;
}

export async function staffOf(query: Query, placeId: string): Promise<string[]> {
  const rows = await query.query<{ staff_id: string }>(
    'select staff_id from place.staff where place_id = $1 order by staff_id',
    [placeId],
  );
  return rows.map((row) => row.staff_id);
}

export async function setStaff(tx: Tx, placeId: string, staffIds: readonly string[]): Promise<void> {
  await tx.query('delete from place.staff where place_id = $1 and staff_id <> all($2::uuid[])', [placeId, staffIds]);
  await tx.query(
    'insert into place.staff (place_id, staff_id) select $1, id from unnest($2::uuid[]) as s (id) order by id on conflict do nothing',
    [placeId, staffIds],
  );
}

const cellOf = async (tx: Tx, ref: string): Promise<string | undefined> =>
  (await tx.query<{ code: string }>('select code from place.cell where ref = $1', [ref], 'place.cell-of'))[0]?.code;

const takeSql = (wait: string): string => `update place.cell c set ref = $2, taken_at = $3
  from (select place_id, code from place.cell where place_id = $1 and ref is null order by position limit 1 for update ${wait}) f
  where c.place_id = f.place_id and c.code = f.code returning c.code`;

/** Takes a free cell of the pickup desk for a parcel (`ref` = fulfilment id), the same again for the same ref; null when none is free. */
export async function takeCell(tx: Tx, placeId: string, ref: string, now: Date): Promise<string | null> {
  const had = await cellOf(tx, ref);
  if (had !== undefined) return had;
  // Two who come at once do not wait for each other: each takes another cell. The unique index on `ref` is the last guard.
  const values = [placeId, ref, now];
  const [taken] = await tx.query<{ code: string }>(takeSql('skip locked'), values, 'place.take-cell');
  if (taken !== undefined) return taken.code;
  // The last free cells may be in somebody's hand: wait for how that ends.
  const [late] = await tx.query<{ code: string }>(takeSql(''), values, 'place.take-late-cell');
  return late?.code ?? (await cellOf(tx, ref)) ?? null;
}

/** The parcel has left its cell. */
export async function freeCell(tx: Tx, ref: string): Promise<void> {
  await tx.query('update place.cell set ref = null, taken_at = null where ref = $1', [ref], 'place.free-cell');
}

/** Places to which a member of staff is assigned. */
export async function staffPlaces(query: Query, staffId: string): Promise<string[]> {
  const rows = await query.query<{ place_id: string }>(
    'select place_id from place.staff where staff_id = $1 order by place_id',
    [staffId],
    'place.of-staff',
  );
  return rows.map((row) => row.place_id);
}
