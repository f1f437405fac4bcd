import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { place, savePlaces } from '@ruslo/place';
import { migrate, newId, openDb } from '@ruslo/platform';
import type { Db } from '@ruslo/platform';
import { startPostgres } from '@ruslo/platform/embedded';
import {
  available,
  confirm,
  consume,
  promise,
  proveStock,
  release,
  reserve,
  restock,
  setLevels,
  stock,
} from '@ruslo/stock';
import { latencyLine, machineLine, quantile, rate } from './lib-stats.ts';

/**
 * `npm run bench -- promise [places] [lines] [variants]`: which of 300 places serve an order of 20 lines, among 1,000 variants with
 * a level in every place; and what reserving, confirming, consuming and releasing an order of 5 lines takes.
 */

const askedMs = 20;
const chunk = 5_000;

export async function main(args: readonly string[]): Promise<void> {
  const [places = 300, lines = 20, variants = 1_000] = args.map((text) => Number(text.replaceAll(/[_,]/g, '')));
  console.log(machineLine());
  const folder = mkdtempSync(join(tmpdir(), 'ruslo-bench-promise-'));
  const postgres = await startPostgres({ dataFolder: folder, database: 'bench' });
  const db = openDb({ url: postgres.url, max: 2 });
  try {
    await migrate(db, [place, stock]);
    const { variantIds, placeIds } = await fill(db, places, variants);
    await promises(db, variantIds, lines);
    await orders(db, variantIds, placeIds);
  } finally {
    await db.close();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Equal numbers in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

async function fill(db: Db, places: number, variants: number): Promise<{ variantIds: string[]; placeIds: string[] }> {
  const chance = numbers(1);
  const now = new Date();
  const day = [{ from: '10:00', to: '21:00' }];
  const rows = Array.from({ length: places }, (_, index) => ({
    code: `P-${index}`,
    name: `Place ${index}`,
    kind: 'shop' as const,
    city: 'Казань',
    lat: 54 + chance.next().value * 4,
    lon: 37 + chance.next().value * 20,
    services: ['sale', 'pickup', 'ship'] as ('sale' | 'pickup' | 'ship')[],
    hours: { week: Array.from({ length: 7 }, () => day), exceptions: [] },
  }));
  const placeIds = [...(await db.tx((tx) => savePlaces(tx, rows, now))).values()];
  const variantIds = Array.from({ length: variants }, () => newId());
  // A third of the shelves is empty, most of the others hold little: no place has all 20 lines.
  const levels = variantIds.flatMap((variantId) =>
    placeIds.map((placeId) => ({ variantId, placeId, onHand: Math.max(0, Math.floor(chance.next().value * 9) - 3) })),
  );
  const startedMs = performance.now();
  const from = { kind: 'imported', ref: 'bench', by: null, now } as const;
  for (let at = 0; at < levels.length; at += chunk) {
    await db.tx((tx) => setLevels(tx, levels.slice(at, at + chunk), from));
  }
  console.log(
    `import of ${levels.length.toLocaleString('en')} levels: ${rate(levels.length, performance.now() - startedMs, 'levels')}`,
  );
  await db.query('vacuum analyze');
  return { variantIds, placeIds };
}

async function promises(db: Db, variantIds: readonly string[], lines: number): Promise<void> {
  const chance = numbers(2);
  const pick = (): string => variantIds[Math.floor(chance.next().value * variantIds.length)] ?? '';
  const all: number[] = [];
  for (const method of ['pickup', 'delivery'] as const) {
    const times: number[] = [];
    let parts = 0;
    for (let turn = 0; turn < 320; turn += 1) {
      const ask = {
        lines: Array.from({ length: lines }, () => ({
          variantId: pick(),
          quantity: 1 + Math.floor(chance.next().value * 3),
        })),
        method,
        to: { lat: 54 + chance.next().value * 4, lon: 37 + chance.next().value * 20 },
        now: new Date(),
      };
      const startedMs = performance.now();
      const [first] = await promise(db, ask);
      if (turn >= 20) times.push(performance.now() - startedMs);
      parts += first?.parts.length ?? 0;
    }
    console.log(latencyLine(`promise, ${method}, ${lines} lines`, times), `${(parts / 320).toFixed(1)} places each`);
    all.push(...times);
  }
  const p95 = quantile(all, 0.95);
  console.log(`promise p95: ${p95.toFixed(1)} ms (asked: under ${askedMs} ms) ${p95 < askedMs ? 'met' : 'MISSED'}`);
}

async function orders(db: Db, variantIds: readonly string[], placeIds: readonly string[]): Promise<void> {
  const chance = numbers(3);
  const times = new Map<string, number[]>();
  const timed = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    const startedMs = performance.now();
    await work();
    const list = times.get(name) ?? [];
    times.set(name, list);
    list.push(performance.now() - startedMs);
  };
  for (let turn = 0; turn < 1_000; turn += 1) {
    const placeId = placeIds[turn % placeIds.length] ?? '';
    const wants = Array.from({ length: 5 }, (_, line) => ({
      variantId: variantIds[(turn * 5 + line) % variantIds.length] ?? '',
      placeId,
      quantity: 1,
    }));
    await db.tx((tx) => restock(tx, { key: newId(), ref: 'bench', wants, now: new Date(), by: null }));
    const ref = newId();
    const now = new Date();
    const until = new Date(now.getTime() + 900_000);
    await db.tx(async (tx) => {
      let isReserved = false;
      await timed('reserve 5 lines', async () => {
        isReserved = (await reserve(tx, { ref, wants, until, now })).ok;
      });
      if (!isReserved) return;
      await timed('confirm', () => confirm(tx, ref, now));
      if (chance.next().value < 0.5) await timed('release', () => release(tx, ref, now));
      else await timed('consume 5 lines', () => consume(tx, { ref, wants, now, by: null }));
    });
    await timed('available, 5 variants', () =>
      available(
        db,
        wants.map(({ variantId }) => variantId),
      ),
    );
  }
  for (const [name, list] of times) console.log(latencyLine(name, list.slice(50)));
  const differences = await proveStock(db);
  console.log(`levels that are not the sum of their movements and reservations: ${differences.length}`);
}
