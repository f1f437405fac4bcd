import type { House } from '@ruslo/platform';
import type { Available } from './contract.ts';
import { sumAvailable } from './rules.ts';
import { readSellable } from './store-read.ts';
import { closedPlaces } from '@ruslo/place';
import { topic } from './tell.ts';

/** What is sellable, as this process knew it within the last second: for showing and carts, never for a decision. */

const oldMs = 1_000;
/** So long a number counts that was many times what is wanted: whoever sells the last piece tells everybody by a signal. */
const plentyOldMs = 15_000;
const plenty = (total: number, wanted: number): boolean => total >= wanted * 10 + 10;
const keptMost = 50_000;

interface Kept {
  readonly atMs: number;
  readonly available: Available;
}

interface Memory {
  readonly kept: Map<string, Kept>;
  /** Ids that wait for the next read, which begins when the current turn of the loop ends. */
  asked: Set<string>;
  read: Promise<Map<string, Available>> | undefined;
  /** Grows with each signal: what was read before it is not kept. */
  turn: number;
}

const memories = new WeakMap<House, Memory>();

function memoryOf(house: House): Memory {
  let memory = memories.get(house);
  if (memory === undefined) {
    const made: Memory = { kept: new Map(), asked: new Set(), read: undefined, turn: 0 };
    memory = made;
    memories.set(house, made);
    house.live.signals((signal) => {
      if (signal.topic !== topic) return;
      made.turn += 1;
      const { variantIds } = signal.data as { readonly variantIds: readonly string[] | null };
      if (variantIds === null) made.kept.clear();
      else for (const id of variantIds) made.kept.delete(id);
    });
  }
  return memory;
}

async function fill(house: House, memory: Memory): Promise<Map<string, Available>> {
  await new Promise((resolve) => setImmediate(resolve)); // whoever asks in this turn of the loop shares the read
  const ids = [...memory.asked];
  memory.asked = new Set();
  memory.read = undefined;
  const { turn } = memory;
  const atMs = performance.now();
  const rows = await readSellable(house.db, ids, await closedPlaces(house.db));
  if (memory.kept.size + ids.length > keptMost) memory.kept.clear();
  const read = sumAvailable(ids, rows);
  // What a signal spoke of meanwhile may be older than it: it serves those who wait, and nobody after them.
  if (memory.turn === turn) for (const [id, available] of read) memory.kept.set(id, { atMs, available });
  return read;
}

/**
 * The same as `available` from this process's memory, at most a second old: for showing and carts.
 * @param wanted what the asker wants of each: of what was there ten times over, the number may be 15 seconds old.
 */
export async function availableSoon(
  house: House,
  variantIds: readonly string[],
  wanted?: ReadonlyMap<string, number>,
): Promise<Map<string, Available>> {
  const memory = memoryOf(house);
  const nowMs = performance.now();
  const found = new Map<string, Available>();
  let lacks = false;
  for (const id of variantIds) {
    const kept = memory.kept.get(id);
    const want = wanted?.get(id);
    const mostMs = kept !== undefined && want !== undefined && plenty(kept.available.total, want) ? plentyOldMs : oldMs;
    if (kept !== undefined && nowMs - kept.atMs < mostMs) found.set(id, kept.available);
    else {
      lacks = true;
      memory.asked.add(id);
    }
  }
  if (!lacks) return found;
  const read = await (memory.read ??= fill(house, memory));
  return new Map(variantIds.map((id) => [id, found.get(id) ?? read.get(id) ?? nothing]));
}

const nothing: Available = { total: 0, byPlace: new Map() };
