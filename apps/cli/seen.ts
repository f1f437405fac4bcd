import { createHash } from 'node:crypto';

/**
 * Which of very many codes a file had: eight bytes each, so that a feed of a million offers costs 8 MB. Two codes are taken
 * for one with a chance of 1 in 10⁶ at ten million; then one that vanished stays for sale until the next import.
 */
export class Seen {
  #values = new Float64Array(1_024);
  #count = 0;
  #sorted = true;

  add(code: string): void {
    if (this.#count === this.#values.length) {
      const grown = new Float64Array(this.#count * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#count] = hash(code);
    this.#count += 1;
    this.#sorted = false;
  }

  has(code: string): boolean {
    if (!this.#sorted) {
      this.#values.subarray(0, this.#count).sort();
      this.#sorted = true;
    }
    const wanted = hash(code);
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#values[middle] ?? Infinity) < wanted) low = middle + 1;
      else high = middle;
    }
    return low < this.#count && this.#values[low] === wanted;
  }
}

/** 52 bits of a hash, which a double holds exactly. */
const hash = (code: string): number => Number(createHash('md5').update(code).digest().readBigUInt64BE() >> 12n);
