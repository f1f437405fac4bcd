/** The shapes that these screens read, as the API gives them. */
export interface Name {
  readonly first?: string | null;
  readonly middle?: string | null;
  readonly last?: string | null;
}

export interface CustomerRow {
  readonly id: string;
  readonly name: Name | null;
  readonly phone?: string | null;
  readonly email?: string | null;
  readonly card?: string | null;
  readonly createdAt: string;
  readonly lastSeenAt?: string | null;
  readonly suggestionCount?: number;
}

export interface Identifier {
  readonly kind: string;
  readonly value: string;
  readonly proof: 'proven' | 'claimed';
  readonly how?: string | null;
  readonly state: 'active' | 'shared' | 'blocked';
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly sourceId?: string | null;
  readonly customerId: string;
}

export interface Evidence {
  readonly field: string;
  readonly a?: string | null;
  readonly b?: string | null;
  readonly verdict: 'agree' | 'similar' | 'differ';
  readonly weight?: number;
}

export interface Person {
  readonly id: string;
  readonly name: Name | null;
  readonly phone?: string | null;
  readonly email?: string | null;
}

export interface Suggestion {
  readonly id: string;
  readonly a: Person;
  readonly b: Person;
  readonly score: number;
  readonly evidence: readonly Evidence[];
  readonly raisedAt: string;
  readonly state: string;
}

export interface Merge {
  readonly id: string;
  readonly at: string;
  readonly by: { readonly kind?: string; readonly id?: string | null; readonly name?: string | null } | string | null;
  readonly why?: string | null;
  readonly evidence?: unknown;
}

export interface Member {
  readonly id: string;
  readonly createdAt: string;
  readonly name?: Name | null;
  readonly merge?: Merge | null;
}

export type AttributeValue = string | number | boolean | readonly string[] | null;

export interface Customer {
  readonly id: string;
  readonly name: Name | null;
  readonly birthDate?: string | null;
  readonly city?: string | null;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly identifiers: readonly Identifier[];
  readonly members: readonly Member[];
  readonly suggestions: readonly Suggestion[];
  readonly createdAt?: string | null;
}

export type AttributeType = 'text' | 'number' | 'money' | 'date' | 'list';

export interface Attribute {
  readonly key: string;
  readonly label: { readonly ru: string; readonly en: string };
  readonly type: AttributeType;
  readonly options?: readonly string[] | null;
}

/** «Ковалёва Анна Сергеевна»; undefined when nothing is known. */
export function fullName(name: Name | null | undefined): string | undefined {
  const text = [name?.last, name?.first, name?.middle].filter((part) => part !== null && part !== undefined && part !== '').join(' ');
  return text === '' ? undefined : text;
}

/** Whole years on a day. */
export function ageOn(birthDate: string, today: Date): number {
  const [year = 0, month = 1, day = 1] = birthDate.slice(0, 10).split('-').map(Number);
  const before = today.getMonth() + 1 < month || (today.getMonth() + 1 === month && today.getDate() < day);
  return today.getFullYear() - year - (before ? 1 : 0);
}

/** +7 917 226-54-11 from +79172265411; other countries as they are. */
export function phoneText(phone: string): string {
  const found = /^\+7(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(phone);
  return found === null ? phone : `+7 ${String(found[1])} ${String(found[2])}-${String(found[3])}-${String(found[4])}`;
}

export const cardText = (card: string): string => card.replace(/^(\d)(\d{6})(\d{6})$/, '$1 $2 $3');

export const identifierText = (kind: string, value: string): string =>
  kind === 'phone' ? phoneText(value) : kind === 'card' ? cardText(value) : value;
