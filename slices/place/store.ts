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

export const columns = `id, code, kind, name, brand, city, address, lat, lon, time_zone as "timeZone", services, state,
  within_id as "withinId", phone, hours, prep_minutes as "prepMinutes"`;

export const allPlaces = (query: Query): Promise<Place[]> =>
  query.query<Place>(`select ${columns} from place.place order by code`, [], 'place.all');

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

/** Inserts new codes and overwrites known ones; returns the id of each code. */
export async function upsertPlaces(tx: Tx, rows: readonly Place[], now: Date): Promise<Map<string, string>> {
  const saved = await tx.query<{ code: string; id: string }>(
    `insert into place.place (id, code, kind, name, brand, city, address, lat, lon, time_zone, services, state, within_id, phone,
       hours, prep_minutes, changed_at)
     select id, code, kind, name, brand, city, address, lat, lon, "timeZone",
       array(select jsonb_array_elements_text(services)), state, "withinId", phone, nullif(hours, 'null'), "prepMinutes", $2
     from jsonb_to_recordset($1) as row (id uuid, code text, kind text, name text, brand text, city text, address text,
       lat float8, lon float8, "timeZone" text, services jsonb, state text, "withinId" uuid, phone text, hours jsonb, "prepMinutes" int)
     order by code
     on conflict (code) do update set kind = excluded.kind, name = excluded.name, brand = excluded.brand, city = excluded.city,
       address = excluded.address, lat = excluded.lat, lon = excluded.lon, time_zone = excluded.time_zone,
       services = excluded.services, state = excluded.state, within_id = excluded.within_id, phone = excluded.phone,
       hours = excluded.hours, prep_minutes = excluded.prep_minutes, changed_at = excluded.changed_at
     returning code, id`,
    [JSON.stringify(rows), now],
  );
  return new Map(saved.map(({ code, id }) => [code, id]));
}

export async function takeCell(tx: Tx, placeId: string, ref: string, now: Date): Promise<string | null> {
  const [had] = await tx.query<{ code: string }>('select code from place.cell where ref = $1', [ref], 'place.cell-of');
  if (had !== undefined) return had.code;
  // Two who come at once do not wait for each other: each takes another cell. The unique index on `ref` is the last guard.
  const [taken] = await tx.query<{ code: string }>(
    `update place.cell c set ref = $2, taken_at = $3
     from (select place_id, code from place.cell where place_id = $1 and ref is null
           order by position limit 1 for update skip locked) f
     where c.place_id = f.place_id and c.code = f.code returning c.code`,
    [placeId, ref, now],
    'place.take-cell',
  );
  return taken?.code ?? null;
}

export async function freeCell(tx: Tx, ref: string): Promise<void> {
  await tx.query('update place.cell set ref = null, taken_at = null where ref = $1', [ref], 'place.free-cell');
}

export async function staffPlaces(query: Query, staffId: string): Promise<string[]> {
  const rows = await query.query<{ place_id: string }>(
    'select place_id from place.staff where staff_id = $1 order by place_id',
    [staffId],
    'place.of-staff',
  );
  return rows.map((row) => row.place_id);
}
