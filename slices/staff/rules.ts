/** Pure decisions about staff access. Time comes in as a parameter. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export const limits = {
  sessionIdleMs: 12 * hourMs,
  sessionMaxMs: 30 * 24 * hourMs,
  /** How long a password was right but the TOTP code is still awaited. */
  totpWaitMs: 10 * minuteMs,
  /** After coming in by a link, a new password may be set without the old one for so long. */
  linkFreshMs: 30 * minuteMs,
  signInLinkMs: 30 * minuteMs,
  invitationMs: 7 * 24 * hourMs,
  guessWindowMs: 15 * minuteMs,
  passwordMin: 10,
  passwordMax: 200,
} as const;

export interface SessionTimes {
  readonly createdAt: Date;
  readonly seenAt: Date;
  readonly waitsTotp: boolean;
}

/** A session lives 30 days at most, 12 hours without a sign of life, 10 minutes while it waits for a code. */
export function isAlive(session: SessionTimes, now: Date): boolean {
  const ageMs = now.getTime() - session.createdAt.getTime();
  if (session.waitsTotp) return ageMs < limits.totpWaitMs;
  return ageMs < limits.sessionMaxMs && now.getTime() - session.seenAt.getTime() < limits.sessionIdleMs;
}

/** What is wrong with a new password; undefined when it will do. Length carries it (NIST SP 800-63B), not character classes. */
export function passwordFault(password: string, email: string): 'short' | 'long' | 'simple' | undefined {
  const length = [...password].length;
  if (length < limits.passwordMin) return 'short';
  if (length > limits.passwordMax) return 'long';
  if (password.toLowerCase() === email || new Set(password).size < 4) return 'simple';
  return undefined;
}

export interface Origin {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly secFetchSite: string | undefined;
  /** `X-Ruslo` was sent: no page of another site can add it without our leave. */
  readonly marked: boolean;
}

const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a request that carries the session cookie may have been started by another site.
 * Browsers send Sec-Fetch-Site, older ones Origin; who sends neither must send X-Ruslo.
 */
export function isCrossSite(from: Origin): boolean {
  if (safe.has(from.method) || from.marked) return false;
  if (from.secFetchSite !== undefined) return from.secFetchSite !== 'same-origin' && from.secFetchSite !== 'none';
  return from.origin === undefined || !sameHost(from.origin, from.host);
}

/** For the sign-in itself, which carries no cookie yet: refuse only what says that it comes from elsewhere. */
export function isForeign(from: Origin): boolean {
  if (from.secFetchSite === undefined && from.origin === undefined) return false;
  return isCrossSite(from);
}

function sameHost(origin: string, host: string | undefined): boolean {
  const at = origin.indexOf('://');
  return at > 0 && host !== undefined && origin.slice(at + 3).toLowerCase() === host.toLowerCase();
}

/** One asker: an IPv4 address, or the /64 of an IPv6 address (one subscriber owns all of it). */
export function askerOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  if (!ip.includes(':')) return ip;
  const [head = '', tail] = ip.split('%')[0]?.toLowerCase().split('::') ?? [];
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0');
  return (
    [...front, ...gap, ...back]
      .slice(0, 4)
      .map((part) => part.replace(/^0+(?=.)/, ''))
      .join(':') + '::/64'
  );
}

export interface Guess {
  readonly key: string;
  readonly limit: number;
}

/**
 * The counters that a guess at a password runs against, in 15 minutes: 5 from one asker at one account,
 * 30 at one account (an outsider needs that many to lock its owner out), 30 from one asker.
 */
export function passwordGuesses(emailHash: string, askerHash: string): Guess[] {
  return [
    { key: `account:${emailHash}`, limit: 30 },
    { key: `asker:${askerHash}`, limit: 30 },
    { key: `pair:${emailHash}:${askerHash}`, limit: 5 },
  ];
}

/** Five codes in 15 minutes: with three valid codes of a million, 0.15 % a day for one who has the password already. */
export const codeGuesses = (memberId: string): Guess[] => [{ key: `totp:${memberId}`, limit: 5 }];

/** Nobody hands out more than they hold. */
export const covers = (held: ReadonlySet<string>, wanted: Iterable<string>): boolean => {
  for (const permission of wanted) if (!held.has(permission)) return false;
  return true;
};

/** What the roles together permit, by the table permission → roles that the slices declare. */
export function permitted(table: Readonly<Record<string, readonly string[]>>, roles: readonly string[]): string[] {
  return Object.entries(table)
    .filter(([, holders]) => holders.some((holder) => roles.includes(holder)))
    .map(([permission]) => permission)
    .sort();
}
