// oxlint-disable-next-line typescript/triple-slash-reference -- the pure program lists its files one by one
/// <reference path="./punycode.d.ts" />
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import punycode from 'punycode/punycode.js';

/**
 * One spelling for each identifier, so that what a till, a site and a call centre wrote about one person is equal
 * byte for byte. Every value that is stored, looked up or compared has passed through here once.
 */

/** What an identifier may be. `external:<system>` is an id in any outside system, such as `external:1c`. */
export type FixedKind = (typeof fixedKinds)[number];
export type Kind = FixedKind | `external:${string}`;

export const fixedKinds = [
  'user_id',
  'anonymous_id',
  'email',
  'phone',
  'card',
  'device',
  'push_token',
  'telegram',
  'vk',
  'max',
  'whatsapp',
  'viber',
] as const;

export type NormaliseCode =
  | 'unknown-kind'
  | 'empty'
  | 'too-long'
  | 'control-character'
  | 'malformed'
  | 'check-digit'
  | 'blocked';

export type Normalised = { ok: true; value: string } | { ok: false; code: NormaliseCode };

/** Longest value of an id in characters. A push token may be a whole web-push address. */
const maxLength = 255;
const maxPushTokenLength = 1000;
/** What is longer than this is refused before any pattern looks at it. */
const maxRawLength = 4096;

const fixed: ReadonlySet<string> = new Set(fixedKinds);
const externalKind = /^external:[a-z0-9][a-z0-9_.-]{0,39}$/;
// Already normal and by far the most common on the intake's hot path: a canonical Russian number, a plain id.
const russianE164 = /^\+7[346789]\d{9}$/;
const plainId = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;
// oxlint-disable-next-line no-control-regex -- finding control characters is the purpose
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]|\p{Cs}/u;
const invisible = /[\u00ad\u200b-\u200d\u2060\ufeff]/gu;

/** Whether `kind` is one that an identifier may have. */
export function isKind(kind: string): kind is Kind {
  return fixed.has(kind) || externalKind.test(kind);
}

/**
 * The one spelling of an identifier, or why it cannot be one. Pure and idempotent: a value that came out goes in and
 * comes out unchanged. `blocked` means that the value is a well-known placeholder that stands for nobody; a shop's own
 * placeholders (noreply@its-shop.ru) are configured as blocked identifiers and are not known here.
 */
export function normalise(kind: string, raw: string | number): Normalised {
  const text = typeof raw === 'number' ? (Number.isSafeInteger(raw) ? String(raw) : '') : raw;
  if (typeof text !== 'string') return { ok: false, code: 'malformed' };
  if (text.length > maxRawLength) return { ok: false, code: 'too-long' };
  switch (kind) {
    case 'phone':
      return normalisePhone(text);
    case 'email':
      return normaliseEmail(text);
    case 'card':
      return normaliseCard(text);
    case 'whatsapp':
      return normaliseWhatsapp(text);
    case 'telegram':
    case 'vk':
    case 'max':
      return normaliseHandle(text);
    case 'push_token':
      return normaliseId(text, maxPushTokenLength);
    case 'user_id':
    case 'anonymous_id':
    case 'device':
    case 'viber':
      return normaliseId(text, maxLength);
    default:
      return externalKind.test(kind) ? normaliseId(text, maxLength) : { ok: false, code: 'unknown-kind' };
  }
}

/**
 * E.164. Without a country code a number is Russian: 8, 7 and nothing before ten digits all mean +7.
 * Judged by length and, for +7, by its first digit; not by libphonenumber's list of opened ranges, because new mobile
 * ranges open every year and a customer must not be refused for having a new number. An extension ("доб. 12") is
 * dropped: what is stored is the line, and an office line with many names is kept from joining people by its frequency.
 */
function normalisePhone(raw: string): Normalised {
  if (russianE164.test(raw)) return refusePhonePlaceholder(raw);
  const text = clean(raw);
  if (text === '') return { ok: false, code: 'empty' };
  if (unprintable.test(text)) return { ok: false, code: 'control-character' };
  if (text.length > 64) return { ok: false, code: 'too-long' };
  if (isPlaceholderWord(text)) return { ok: false, code: 'blocked' };
  const main = text
    .replace(/^(?:tel|phone|тел)[.:\s]*/iu, '')
    .replace(/(?:доб|вн|ext|x|#|;ext=)[.:\s]*\d{0,7}\s*$/iu, '');
  const short = russianShortcut(main);
  if (short !== undefined) return refusePhonePlaceholder(short);
  const parsed = parsePhoneNumberFromString(main, 'RU');
  if (parsed === undefined || !parsed.isPossible()) {
    return { ok: false, code: isRepeated(main.replace(/\D/gu, '')) ? 'blocked' : 'malformed' };
  }
  if (parsed.countryCallingCode === '7' && !russianE164.test(parsed.number)) {
    return { ok: false, code: isPhonePlaceholder(parsed.number) ? 'blocked' : 'malformed' };
  }
  return refusePhonePlaceholder(parsed.number);
}

/** The usual Russian ways to write a number, told without libphonenumber (25 times faster; a test holds them equal). */
function russianShortcut(text: string): string | undefined {
  if (!/^\+?[\d\s().\-‐-―]+$/u.test(text)) return undefined;
  const digits = text.replace(/\D/gu, '');
  if (/^7[346789]\d{9}$/.test(digits)) return `+${digits}`;
  // "+8 912 …" is a Russian slip; no country has the code +89.
  if (/^8[3489]\d{9}$/.test(digits) && (!text.startsWith('+') || digits[1] === '9')) return `+7${digits.slice(1)}`;
  if (/^[3489]\d{9}$/.test(digits) && !text.startsWith('+')) return `+7${digits}`;
  return undefined;
}

function refusePhonePlaceholder(e164: string): Normalised {
  return isPhonePlaceholder(e164) ? { ok: false, code: 'blocked' } : { ok: true, value: e164 };
}

/** Nobody's number: one digit throughout (+7 999 999-99-99), nine equal digits (+7 900 000-00-00), 1234567890. */
function isPhonePlaceholder(e164: string): boolean {
  const digits = e164.slice(1);
  return isRepeated(digits.slice(-9)) || digits.endsWith('1234567890') || digits.endsWith('0123456789');
}

/**
 * Trimmed, lower case, the domain in its ASCII form (почта.рф → xn--80a1acny.xn--p1ai), so that both spellings of one
 * domain are one value. Plus-tags stay and the dots of Gmail are not folded: folding is one provider's delivery rule that
 * may change; the address must stay the one to which the person gave consent, that she types when she asks
 * for her data, and to which a letter is sent; and two addresses that only look alike may still meet in linkage.
 */
function normaliseEmail(raw: string): Normalised {
  const cleaned = clean(raw);
  if (cleaned === '') return { ok: false, code: 'empty' };
  if (unprintable.test(cleaned)) return { ok: false, code: 'control-character' };
  if (isPlaceholderWord(cleaned)) return { ok: false, code: 'blocked' };
  const inBrackets = /<([^<>]+)>$/u.exec(cleaned);
  const address = (inBrackets?.[1] ?? cleaned)
    .trim()
    .replace(/^mailto:/iu, '')
    .normalize('NFC')
    .toLowerCase();
  const at = address.lastIndexOf('@');
  if (at < 1) return { ok: false, code: 'malformed' };
  const local = address.slice(0, at);
  if (!/^[^\s@<>(),;:"\\[\]]+$/u.test(local) || local.startsWith('.') || local.endsWith('.') || local.includes('..')) {
    return { ok: false, code: 'malformed' };
  }
  const domain = asciiDomain(address.slice(at + 1));
  if (domain === undefined) return { ok: false, code: 'malformed' };
  const value = `${local}@${domain}`;
  if (value.length > 254 || local.length > 64) return { ok: false, code: 'too-long' };
  if (isMailPlaceholder(local, domain)) return { ok: false, code: 'blocked' };
  return { ok: true, value };
}

function asciiDomain(raw: string): string | undefined {
  const domain = raw.replace(/\.$/u, '');
  // No domain is longer (RFC 1035), and punycode takes the square of the length: 0.2 s for 4,000 letters.
  if (domain.length > 253) return undefined;
  let ascii = domain;
  if (!/^[a-z0-9.-]+$/.test(domain)) {
    const mapped = domain.normalize('NFKC').toLowerCase();
    // Only letters, marks, digits, hyphens and dots make a name; anything else is a slip of the keyboard.
    if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(mapped)) return undefined;
    ascii = punycode.toASCII(mapped);
  }
  // "no@no" has no dot: it is judged as a placeholder, not as a form.
  if (!/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/.test(ascii)) return undefined;
  if (ascii.split('.').some((label) => label.length > 63)) return undefined;
  return ascii.includes('.') || placeholderDomains.has(ascii) ? ascii : undefined;
}

const placeholderDomains: ReadonlySet<string> = new Set([
  'no',
  'none',
  'net',
  'mail',
  'email',
  'test',
  'localhost',
  'null',
]);
const placeholderLocals: ReadonlySet<string> = new Set([
  'test', 'no', 'none', 'nomail', 'no-mail', 'noemail', 'no-email', 'noreply', 'no-reply', 'no_reply', 'donotreply',
  'do-not-reply', 'null', 'undefined', 'anonymous', 'unknown', 'fake', 'netpochty', 'net-pochty', 'нет', 'тест', 'нетпочты',
]); // prettier-ignore

function isMailPlaceholder(local: string, domain: string): boolean {
  return (
    placeholderLocals.has(local) ||
    placeholderDomains.has(domain) ||
    /^(?:no|none|nomail|noemail)\.[a-z]+$/.test(domain)
  );
}

/** A bonus card: EAN-13, thirteen digits of which the last is the check digit. Blanks and hyphens between are allowed. */
function normaliseCard(raw: string): Normalised {
  const text = clean(raw);
  if (text === '') return { ok: false, code: 'empty' };
  if (unprintable.test(text)) return { ok: false, code: 'control-character' };
  if (isPlaceholderWord(text)) return { ok: false, code: 'blocked' };
  const digits = text.replace(/[\s\-‐-―.]/gu, '');
  if (/^0+$/.test(digits)) return { ok: false, code: 'blocked' };
  if (!/^\d{13}$/.test(digits)) return { ok: false, code: 'malformed' };
  if (checkDigit(digits.slice(0, 12)) !== digits[12]) return { ok: false, code: 'check-digit' };
  return { ok: true, value: digits };
}

/** The EAN-13 check digit of the first twelve digits (GS1 General Specifications 7.9: weights 1 and 3 in turn). */
export function checkDigit(twelveDigits: string): string {
  let sum = 0;
  for (let index = 0; index < 12; index += 1) sum += Number(twelveDigits[index]) * (index % 2 === 0 ? 1 : 3);
  return String((10 - (sum % 10)) % 10);
}

/**
 * A card number made from another system's number: the prefix (29: "for use inside one shop chain"), the number padded
 * with zeros to twelve digits, and the check digit. Undefined when the number is not digits or does not fit.
 */
export function cardFrom(number: string, prefix = '29'): string | undefined {
  if (!/^\d+$/.test(number) || prefix.length + number.length > 12) return undefined;
  const body = prefix + number.padStart(12 - prefix.length, '0');
  return body + checkDigit(body);
}

/** WhatsApp's own id is the phone number in digits; newer opaque ids are kept as they are. */
function normaliseWhatsapp(raw: string): Normalised {
  const text = clean(raw);
  if (/^\+?[\d\s().-]{7,24}$/.test(text)) {
    const digits = text.replace(/\D/gu, '');
    return normalisePhone(/^8[3489]\d{9}$/.test(digits) || digits.length <= 10 ? digits : `+${digits}`);
  }
  return normaliseId(text, maxLength);
}

/** A messenger's numeric id or a user name, which these messengers compare without case and show with an "@". */
function normaliseHandle(raw: string): Normalised {
  return normaliseId(
    clean(raw)
      .replace(/^[@\s]+/u, '')
      .toLowerCase(),
    maxLength,
  );
}

/** An opaque id: never changed but for the blanks around it, because its case may mean something to its owner. */
function normaliseId(raw: string, limit: number): Normalised {
  if (plainId.test(raw)) return isPlaceholderId(raw) ? { ok: false, code: 'blocked' } : { ok: true, value: raw };
  const text = clean(raw);
  if (text === '') return { ok: false, code: 'empty' };
  if (unprintable.test(text)) return { ok: false, code: 'control-character' };
  if (text.length > limit) return { ok: false, code: 'too-long' };
  if (isPlaceholderId(text)) return { ok: false, code: 'blocked' };
  return { ok: true, value: text };
}

/** Words that programs write where a value is missing. Compared in lower case. */
const placeholderWords: ReadonlySet<string> = new Set([
  'null', '(null)', 'undefined', 'none', 'nil', 'nan', 'n/a', 'na', 'anonymous', 'anon', 'guest', 'unknown', 'empty',
  'true', 'false', '[object object]', 'no', 'not set', '(not set)', '-', '--', '.', '-1', '0', '$device_id', 'distinct_id',
  'нет', 'не указан', 'не указано', 'отсутствует', 'гость', 'аноним',
]); // prettier-ignore

function isPlaceholderWord(text: string): boolean {
  return text.length <= 16 && placeholderWords.has(text.toLowerCase());
}

// Zeros or f's alone, with or without the hyphens of a UUID: 0000000000, 00000000-0000-0000-0000-000000000000.
const zeros = /^(?:[0-]{4,}|[fF-]{16,})$/;

function isPlaceholderId(text: string): boolean {
  return isPlaceholderWord(text) || zeros.test(text);
}

function isRepeated(digits: string): boolean {
  return digits.length > 1 && /^(\d)\1+$/.test(digits);
}

/** Blanks around and invisible joiners inside come from copying out of documents and mean nothing. */
function clean(raw: string): string {
  const text = raw.trim();
  // oxlint-disable-next-line no-control-regex -- plain ASCII needs no more work
  return /^[\x00-\x7f]*$/.test(text) ? text : text.normalize('NFC').replace(invisible, '').trim();
}
