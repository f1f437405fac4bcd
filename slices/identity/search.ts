import type { Tx } from '@ruslo/platform';
import { searchText } from './name.ts';
import { loadSearchable, saveSearch } from './store-search.ts';

/** Writes the search lines of the persons of these ids anew, after names, contacts or the person changed. */
export async function refreshSearch(tx: Tx, customerIds: Iterable<string>): Promise<void> {
  const ids = [...customerIds];
  if (ids.length === 0) return;
  const people = await loadSearchable(tx, ids);
  const lines = people.map((person) => ({ id: person.id, line: lineOf(person) }));
  await saveSearch(tx, lines.filter(({ line }) => line !== ''), lines.filter(({ line }) => line === '').map(({ id }) => id));
}

type Searchable = Awaited<ReturnType<typeof loadSearchable>>[number];

/** At most so long: a person with hundreds of contacts must not make a line that every search finds. */
const maxLength = 600;

function lineOf(person: Searchable): string {
  const identifiers = person.identifiers.filter(({ kind }) => kind !== 'user_id');
  const [name, ...others] = person.names;
  const first = searchText({ name: nameOf(name), identifiers });
  const rest = others.map((other) => searchText({ name: nameOf(other) }));
  return [...new Set([first, ...rest].join(' ').split(' '))].join(' ').trim().slice(0, maxLength);
}

function nameOf(row: { first: string | null; middle: string | null; last: string | null } | undefined): { first?: string; middle?: string; last?: string } {
  return { first: row?.first ?? '', middle: row?.middle ?? '', last: row?.last ?? '' };
}
