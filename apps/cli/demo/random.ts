/** Chance that repeats itself: the same seed and index give the same stream on every machine (sfc32). */
export class Chance {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number, index: number) {
    this.#a = mix(seed ^ 0x9e3779b9);
    this.#b = mix(index + 0x85ebca6b);
    this.#c = mix(Math.imul(seed, 31) + index);
    this.#d = 1;
    for (let round = 0; round < 12; round += 1) this.next();
  }

  /** 0 ≤ x < 1 */
  next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    this.#c |= 0;
    return (t >>> 0) / 4_294_967_296;
  }

  /** A whole number of 0 … below-1. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly T[]): T {
    const found = list[this.below(list.length)];
    if (found === undefined) throw new Error('nothing to pick from');
    return found;
  }

  /** The earlier, the likelier: popularity falls as in real shops and real names. */
  pickPopular<T>(list: readonly T[]): T {
    const found = list[Math.floor(list.length * this.next() ** 2)];
    if (found === undefined) throw new Error('nothing to pick from');
    return found;
  }

  /** The index of a weight. */
  weighted(weights: readonly number[]): number {
    let rest = this.next() * weights.reduce((sum, weight) => sum + weight, 0);
    for (const [index, weight] of weights.entries()) {
      rest -= weight;
      if (rest < 0) return index;
    }
    return weights.length - 1;
  }

  hex(digits: number): string {
    let out = '';
    while (out.length < digits) out += (this.next() * 4_294_967_296 >>> 0).toString(16).padStart(8, '0'); // prettier-ignore
    return out.slice(0, digits);
  }

  /** A version 4 UUID, as browsers make for anonymous ids and phones for devices. */
  uuid(): string {
    const text = this.hex(32);
    const variant = '89ab'[this.below(4)] ?? '8';
    return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-${variant}${text.slice(17, 20)}-${text.slice(20)}`;
  }
}

function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
