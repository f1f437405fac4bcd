import type { z } from 'zod';
import type * as contract from '../contract.ts';

/** The shapes that these screens read, from the contract of the slice. */
export type Name = z.infer<typeof contract.name>;
export type CustomerRow = z.infer<typeof contract.customerItem>;
export type Customer = z.infer<typeof contract.customerCard>;
export type Identifier = Customer['identifiers'][number];
export type Member = Customer['members'][number];
export type Merge = NonNullable<Member['merge']>;
export type Suggestion = z.infer<typeof contract.suggestionItem>;
export type Person = Suggestion['a'];
export type Evidence = z.infer<typeof contract.evidence>[number];
export type Attribute = z.infer<typeof contract.attributeItem>;
export type AttributeType = Attribute['type'];
export type AttributeValue = z.infer<typeof contract.attributeValue>;
export type Blocked = z.infer<typeof contract.blockedItem>;

/** «Ковалёва Анна Сергеевна»; undefined when nothing is known. */
export function fullName(name: Name | null | undefined): string | undefined {
  const text = [name?.last, name?.first, name?.middle]
    .filter((part) => part !== null && part !== undefined && part !== '')
    .join(' ');
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
