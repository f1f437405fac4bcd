import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

// OWASP's scrypt setting with the least memory (32 MiB): 0.2 to 0.3 s on one core of a 2-core machine.
const cost = { N: 2 ** 15, r: 8, p: 3 } as const;
const most = 2;
const mostWaiting = 16;

/** More passwords wait to be checked than this process will hold. */
export class Busy extends Error {}

let running = 0;
const waiting: (() => void)[] = [];

/** At most two at once: each takes 32 MiB and a core, and the other threads of the pool serve files and DNS. */
async function derive(password: string, salt: Buffer, at: { N: number; r: number; p: number }): Promise<Buffer> {
  if (running >= most) {
    if (waiting.length >= mostWaiting) throw new Busy('too many passwords to check');
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running += 1;
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      scrypt(password.normalize('NFKC'), salt, 32, { ...at, maxmem: 256 * at.N * at.r }, (error, key) => {
        if (error) reject(error);
        else resolve(key);
      });
    });
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

/** `scrypt$N$r$p$salt$hash`, base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, cost);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Takes as long for nobody (`undefined`) as for somebody, so that the time does not tell who exists. */
export async function verifyPassword(password: string, hash: string | null | undefined): Promise<boolean> {
  const [, n, r, p, salt, key] = (hash ?? '').split('$');
  if (!n || !r || !p || !salt || !key) {
    await derive(password, Buffer.alloc(16), cost);
    return false;
  }
  const derived = await derive(password, Buffer.from(salt, 'base64url'), { N: Number(n), r: Number(r), p: Number(p) });
  const expected = Buffer.from(key, 'base64url');
  return derived.length === expected.length && timingSafeEqual(derived, expected);
}

/** 256 random bits; kept only as its SHA-256, which is enough for a secret that cannot be guessed. */
export const newToken = (prefix = ''): string => prefix + randomBytes(32).toString('base64url');
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();
/** A name for a counter that does not keep what was counted. */
export const fingerprint = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);

const letters = 'abcdefghijkmnpqrstuvwxyz23456789'; // 32 of them, none that looks like another
/** Ten codes of 80 bits, as people type them: `k7qd-2m5x-9wtz-hc3p`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: 10 }, () =>
    [...randomBytes(16)]
      .map((byte, index) => (index % 4 === 0 && index > 0 ? '-' : '') + (letters[byte & 31] ?? ''))
      .join(''),
  );
}
export const hashRecoveryCode = (code: string): Buffer => hashToken(code.toLowerCase().replace(/[^a-z0-9]/g, ''));

const totpOf = (secret: string, email = 'staff'): TOTP =>
  new TOTP({
    issuer: 'Ruslo',
    label: email,
    algorithm: 'SHA1',
    digits: 6,
    period: 30,
    secret: Secret.fromBase32(secret),
  });

export const newTotpSecret = (): string => new Secret({ size: 20 }).base32;
export const totpUri = (secret: string, email: string): string => totpOf(secret, email).toString();
/** The code of a moment; for tests and the demo. */
export const totpCode = (secret: string, now: Date): string => totpOf(secret).generate({ timestamp: now.getTime() });

/** The 30 s step that the code belongs to (this one, the one before or after), or undefined when it is wrong. */
export function totpStep(secret: string, code: string, now: Date): number | undefined {
  const delta = totpOf(secret).validate({ token: code.replace(/\s/g, ''), timestamp: now.getTime(), window: 1 });
  return delta === null ? undefined : Math.floor(now.getTime() / 30_000) + delta;
}
