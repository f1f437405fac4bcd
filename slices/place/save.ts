import { newId } from '@ruslo/platform';
import type { Tx } from '@ruslo/platform';
import type { PlaceSave } from './contract.ts';
import { newPlace } from './contract.ts';
import { setCells, setWithin, upsertPlaces } from './store.ts';

/**
 * Saves places by their code, as an import or the demo brings them: new ones are made, known ones overwritten. The same
 * again changes nothing. Returns the id of each code. Throws on what `POST /v1/places` would not take.
 */
export async function savePlaces(tx: Tx, rows: readonly PlaceSave[], now: Date): Promise<Map<string, string>> {
  if (rows.length === 0) return new Map();
  const given = rows.map((row) => ({ id: newId(), ...newPlace.parse({ ...row, withinId: null }) }));
  const ids = await upsertPlaces(tx, given, now);
  const within = rows.flatMap(({ code, withinCode }) =>
    withinCode === undefined || withinCode === null ? [] : [[code, withinCode] as const],
  );
  if (within.length > 0) await setWithin(tx, within);
  for (const { code, cells } of rows) {
    const id = ids.get(code);
    if (cells !== undefined && id !== undefined) await setCells(tx, id, cells);
  }
  return ids;
}
