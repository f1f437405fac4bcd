import type { Json } from './clean.ts';
import { idText, isObject } from './clean.ts';

/** Who an event is about, as it was sent: identity normalises, judges and joins. Pure. */

export type Proof = 'proven' | 'claimed';

export interface Identifier {
  readonly kind: string;
  readonly value: string;
  readonly proof: Proof;
}

/** What a source's word is worth: the kinds it proves, `*` for all. */
export interface Trust {
  readonly proves: readonly string[];
}

/** At most so many identifiers are taken from one event; more is not a person but an attack on the joins. */
const maxIdentifiers = 20;

/** Kinds that are technical: they link whoever sends them, and identity watches that they do not link too many. */
const technical: ReadonlySet<string> = new Set(['anonymous_id', 'device', 'push_token']);

const fixed: ReadonlySet<string> = new Set([
  'user_id', 'anonymous_id', 'email', 'phone', 'card', 'device', 'push_token', 'telegram', 'vk', 'max', 'whatsapp', 'viber',
]); // prettier-ignore

/** Spellings of the wide world (Segment's default external ids among them) → our kinds. */
const spellings: Readonly<Record<string, string>> = {
  userid: 'user_id', user: 'user_id', anonymousid: 'anonymous_id', cookie: 'anonymous_id',
  mail: 'email', e_mail: 'email', phone_number: 'phone', tel: 'phone', msisdn: 'phone',
  bonus_card: 'card', bonuscard: 'card', loyalty_card: 'card', loyaltycard: 'card', loyalty_id: 'card', card_number: 'card',
  device_id: 'device', deviceid: 'device', 'android.id': 'device', 'ios.id': 'device', 'android.idfa': 'device', 'ios.idfa': 'device',
  push: 'push_token', pushtoken: 'push_token', 'android.push_token': 'push_token', 'ios.push_token': 'push_token',
  telegram_id: 'telegram', tg: 'telegram', vk_id: 'vk', vkontakte: 'vk', max_id: 'max', whatsapp_id: 'whatsapp', viber_id: 'viber',
}; // prettier-ignore

/** Our kind for a `context.externalIds` type; `external:<system>` for what we do not know, undefined for nonsense. */
export function kindOf(type: string): string | undefined {
  const low = type.trim().toLowerCase();
  if (fixed.has(low)) return low;
  const known = Object.hasOwn(spellings, low) ? spellings[low] : undefined;
  if (known !== undefined) return known;
  const system = (low.startsWith('external:') ? low.slice(9) : low)
    .replace(/[^a-z0-9_.-]+/g, '_')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 40);
  return system === '' ? undefined : `external:${system}`;
}

/** The family of a kind in a source's settings: `external:1c` falls under `external`. */
const family = (kind: string): string => (kind.startsWith('external:') ? 'external' : kind);

class Gathering {
  readonly found: Identifier[] = [];
  readonly #trust: Trust;
  constructor(trust: Trust) {
    this.#trust = trust;
  }

  add(kind: string, raw: unknown): void {
    const value = idText(raw);
    if (value === undefined || this.found.length >= maxIdentifiers) return;
    for (const known of this.found) if (known.kind === kind && known.value === value) return;
    this.found.push({ kind, value, proof: this.#proofOf(kind) });
  }

  #proofOf(kind: string): Proof {
    // A user id is what a site says after a sign-in (Segment's practice), whoever sends it.
    if (kind === 'user_id' || technical.has(kind)) return 'proven';
    const { proves } = this.#trust;
    return proves.length > 0 && (proves.includes('*') || proves.includes(kind) || proves.includes(family(kind)))
      ? 'proven'
      : 'claimed';
  }
}

/**
 * The identifiers of one event, raw: userId, anonymousId, context.externalIds, context.device, and e-mail, phone and
 * card of the traits. The traits of a `group` call are the group's, not the person's: do not give them.
 */
export function identifiersOf(
  event: Json,
  context: Json | undefined,
  traits: Json | undefined,
  trust: Trust,
): Identifier[] {
  const gathering = new Gathering(trust);
  gathering.add('user_id', event['userId']);
  gathering.add('anonymous_id', event['anonymousId']);
  if (context !== undefined) {
    const external = context['externalIds'];
    if (Array.isArray(external)) for (const item of external.slice(0, maxIdentifiers)) addExternal(gathering, item);
    const device = context['device'];
    if (isObject(device)) {
      gathering.add('device', device['id']);
      gathering.add('push_token', device['token']);
    }
  }
  if (traits !== undefined) {
    gathering.add('email', traits['email']);
    gathering.add('phone', traits['phone']);
    gathering.add('card', traits['card'] ?? traits['bonusCard'] ?? traits['loyaltyCard']);
  }
  return gathering.found;
}

function addExternal(gathering: Gathering, item: unknown): void {
  if (!isObject(item) || typeof item['type'] !== 'string') return;
  const collection = item['collection'];
  if (collection !== undefined && collection !== null && collection !== 'users') return; // an account, not a person
  const kind = kindOf(item['type']);
  if (kind !== undefined) gathering.add(kind, item['id']);
}

const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * What an alias call joins to its user. `previousId` does not say whether it is a user id or an anonymous one: the
 * clients make anonymous ids as UUIDs. Undefined for an alias on itself, which browsers send and which means nothing.
 */
export function aliasOf(
  event: Json,
): { readonly previous: { readonly kind: string; readonly value: string } } | undefined {
  const value = idText(event['previousId']);
  if (value === undefined || value === idText(event['userId'])) return undefined;
  const anonymous = value === idText(event['anonymousId']) || uuidShape.test(value);
  return { previous: { kind: anonymous ? 'anonymous_id' : 'user_id', value } };
}
