import { randomFillSync } from 'node:crypto';
import { uuidV7 } from '@ruslo/kernel';

// Random bytes are drawn in blocks: one call to the generator for 400 ids instead of one each.
const pool = new Uint8Array(4_000);
let used = pool.length;
let lastMs = 0;
let counter = 0;

/** A new uuid v7. Ids of one process grow strictly, also within a millisecond (12-bit counter). */
export function newId(): string {
  if (used + 10 > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = pool.subarray(used, used + 10);
  used += 10;
  const nowMs = Date.now();
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = (bytes[0] ?? 0) & 0x3f; // starts low so that a burst has room before it borrows from the next millisecond
  } else if (counter < 0xfff) {
    counter += 1;
  } else {
    lastMs += 1;
    counter = 0;
  }
  bytes[0] = counter >>> 8;
  bytes[1] = counter & 0xff;
  return uuidV7(lastMs, bytes);
}
