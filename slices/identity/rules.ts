import type { Channel } from '@ruslo/kernel';
import { settle, surnameRoot } from './name.ts';
import { normalise } from './normalise.ts';
import { readTraits } from './trait.ts';
import type { AttributeType, Profile } from './trait.ts';

/**
 * Who is who, decided without a database: a batch of sightings and what is known of their identifiers come in,
 * owners and what is new come out. How: docs of `decide` in decide.ts; here are the words both speak.
 */

export type Proof = 'proven' | 'claimed';
export type State = 'active' | 'shared' | 'retired' | 'blocked';

/** One contact of somebody with us, as a source told it. */
export interface Sighting {
  /** When it was received, ISO 8601. */
  readonly at: string;
  /** When it happened, ISO 8601. */
  readonly occurredAt: string;
  readonly sourceId: string | null;
  readonly channel: Channel;
  /** Raw values; they are normalised here and left out when they cannot be what they say. */
  readonly identifiers: readonly { readonly kind: string; readonly value: string; readonly proof: Proof }[];
  /** Names, birthday, city and custom attributes as sent (Segment's traits). */
  readonly traits: Readonly<Record<string, unknown>> | undefined;
  /** The source says that the identifiers and this older one are one person. */
  readonly alias?: { readonly previous: { readonly kind: string; readonly value: string } };
}

/** A normalised identifier. `key` is kind and value in one text. */
export interface Seen {
  readonly kind: string;
  readonly value: string;
  readonly key: string;
  readonly proof: Proof;
}

/** A sighting made ready: `links` name one customer, `claims` only hint at one. */
export interface Item {
  readonly at: string;
  readonly channel: Channel;
  readonly sourceId: string | null;
  readonly links: readonly Seen[];
  readonly claims: readonly Seen[];
  /** The older id, as the source names its kind and, when that is a guess, as the other kind. Empty without an alias. */
  readonly aliases: readonly Seen[];
  /** Under which name the claims were made; empty when none was given. */
  readonly who: string;
  readonly profile: Profile | undefined;
}

/** A row of identity.identifier, as far as deciding needs it. */
export interface Row {
  readonly kind: string;
  readonly value: string;
  readonly slot: string;
  readonly customerId: string;
  readonly state: State;
}

export interface KindRule {
  readonly priority: number;
  readonly most: number;
}

/** By kind; `external` stands for all external systems. */
export type KindRules = ReadonlyMap<string, KindRule>;

/** Kinds that name a device or a programme, not a person: they join only where nothing speaks against it. */
const weakKinds: ReadonlySet<string> = new Set(['anonymous_id', 'device', 'push_token']);
/** Kinds that are made by machines and so are never merely claimed. */
const technicalKinds: ReadonlySet<string> = new Set([...weakKinds, 'user_id']);

export const isWeak = (kind: string): boolean => weakKinds.has(kind);
export const isTechnical = (kind: string): boolean => technicalKinds.has(kind);

export const keyOf = (kind: string, value: string): string => `${kind} ${value}`;
export const linkSlot = 'link';
export const anchorSlot = (who: string): string => `anchor ${who}`;
export const claimSlot = (customerId: string): string => `claim ${customerId}`;

const unknownKind: KindRule = { priority: 0, most: 1 };
export const ruleOf = (rules: KindRules, kind: string): KindRule =>
  rules.get(kind.startsWith('external:') ? 'external' : kind) ?? unknownKind;

/** A request of somebody strange may hold any number of identifiers; more than these say nothing more. */
const maxPerSighting = 20;

export interface PrepareOptions {
  readonly attributes: ReadonlyMap<string, AttributeType>;
  /** Called with a trait that nobody declared. */
  readonly undeclared?: (key: string) => void;
}

/** Normalises a sighting; undefined when nothing in it can name anybody. */
export function prepare(sighting: Sighting, options: PrepareOptions): Item | undefined {
  const links: Seen[] = [];
  const claims: Seen[] = [];
  for (const raw of sighting.identifiers) {
    if (links.length + claims.length >= maxPerSighting) break;
    const seen = see(raw.kind, raw.value, isTechnical(raw.kind) ? 'proven' : raw.proof);
    if (seen === undefined) continue;
    const doubled = links.some((other) => other.key === seen.key) || claims.some((other) => other.key === seen.key);
    if (seen.proof === 'proven') {
      if (doubled && !links.some((other) => other.key === seen.key))
        claims.splice(
          claims.findIndex((other) => other.key === seen.key),
          1,
        );
      else if (doubled) continue;
      links.push(seen);
    } else if (!doubled) claims.push(seen);
  }
  const previous = sighting.alias?.previous;
  const aliases = previous === undefined ? [] : aliasesOf(previous);
  if (links.length + claims.length + aliases.length === 0) return undefined;
  const profile =
    sighting.traits === undefined ? undefined : readTraits(sighting.traits, options.attributes, options.undeclared);
  return {
    at: sighting.at,
    channel: sighting.channel,
    sourceId: sighting.sourceId,
    links,
    claims,
    // Browsers fill in the older id by themselves and may send the very same one.
    aliases: aliases.some((alias) => links.some((link) => link.key === alias.key)) ? [] : aliases,
    who: claims.length === 0 || profile === undefined ? '' : whoOf(profile),
    profile,
  };
}

/** Clients do not say whether the older id is a user's or a visitor's; whichever is known is meant. */
function aliasesOf(previous: { readonly kind: string; readonly value: string }): Seen[] {
  const other = previous.kind === 'user_id' ? 'anonymous_id' : previous.kind === 'anonymous_id' ? 'user_id' : undefined;
  const seen = [
    see(previous.kind, previous.value, 'proven'),
    other === undefined ? undefined : see(other, previous.value, 'proven'),
  ];
  return seen.filter((one) => one !== undefined);
}

function see(kind: string, raw: unknown, proof: Proof): Seen | undefined {
  if (typeof raw !== 'string' && typeof raw !== 'number') return undefined;
  const normal = normalise(kind, raw);
  return normal.ok ? { kind, value: normal.value, key: keyOf(kind, normal.value), proof } : undefined;
}

/** Two people of one household type the same phone under two names; only the same name is taken for the same person. */
export function whoOf(profile: Profile): string {
  return [settle(profile.first ?? ''), surnameRoot(settle(profile.last ?? ''))]
    .filter((part) => part !== '')
    .join(' ')
    .slice(0, 80);
}

/** An edge between two customer ids. */
export interface Edge {
  readonly a: string;
  readonly b: string;
}

/** The head of every id: the smallest id that standing edges reach. Ids are time-ordered, so it is the oldest. */
export function headsFrom(ids: readonly string[], edges: readonly Edge[]): Map<string, string> {
  const next = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const { a, b } of edges) {
    next.get(a)?.push(b);
    next.get(b)?.push(a);
  }
  const heads = new Map<string, string>();
  // From the smallest up, so that who reaches an id first is its head.
  for (const start of ids.toSorted()) {
    if (heads.has(start)) continue;
    const waiting = [start];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (heads.has(id)) continue;
      heads.set(id, start);
      waiting.push(...(next.get(id) ?? []));
    }
  }
  return heads;
}
