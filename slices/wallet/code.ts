import { createHash, randomBytes } from 'node:crypto';

/** Codes of gift cards: 19 random characters of Crockford's 32 (95 bits) and a check character, in groups of four. */

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const length = 20;

// What people type or read for another: Crockford's own, and Cyrillic letters that look the same.
const alike: Readonly<Record<string, string>> = {
  O: '0',
  I: '1',
  L: '1',
  А: 'A',
  В: 'B',
  С: 'C',
  Е: 'E',
  Н: 'H',
  К: 'K',
  М: 'M',
  О: '0',
  Р: 'P',
  Т: 'T',
  Х: 'X',
};

/** Luhn's check over 32 characters: finds each wrong character and nearly each swap of neighbours. */
function checkOf(body: string): string {
  let sum = 0;
  for (const [index, letter] of [...body].toReversed().entries()) {
    const value = alphabet.indexOf(letter) * (index % 2 === 0 ? 2 : 1);
    sum += Math.floor(value / 32) + (value % 32);
  }
  return alphabet[(32 - (sum % 32)) % 32] ?? '';
}

/** A new code as it is shown, `XXXX-XXXX-XXXX-XXXX-XXXX`. */
export function newCode(): string {
  const body = [...randomBytes(length - 1)].map((byte) => alphabet[byte & 31]).join('');
  return (body + checkOf(body)).replace(/(.{4})(?=.)/g, '$1-');
}

/** The code behind what somebody typed; undefined when it cannot be one. */
export function readCode(typed: string): string | undefined {
  const code = [...typed.toUpperCase().replace(/[\s–—-]/g, '')].map((letter) => alike[letter] ?? letter).join('');
  if (code.length !== length || [...code].some((letter) => !alphabet.includes(letter))) return undefined;
  return checkOf(code.slice(0, -1)) === code.at(-1) ? code : undefined;
}

// 95 random bits: nobody tries them all, whoever has the hashes, so a plain fast hash keeps them (docs/adr/0012-ledger.md).
export const hashCode = (code: string): Buffer => createHash('sha256').update(`gift-card:${code}`).digest();
