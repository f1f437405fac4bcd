import { ok } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { gatherPermissions, newId } from '@ruslo/platform';
import type { Caller, House, Query } from '@ruslo/platform';
import { recordAudit } from './audit.ts';
import type { Role } from '@ruslo/kernel';
import { covers, limits, permitted } from './rules.ts';
import { hashToken, newToken } from './secret.ts';
import { no, tellAccessChanged } from './sign-in.ts';
import type { From } from './sign-in.ts';
import * as store from './store.ts';
import type { MemberRow } from './store.ts';

const tables = new WeakMap<House, Readonly<Record<string, readonly string[]>>>();

/** Permission → roles, of all slices of this house. The owner holds all. */
export function permissionTable(house: House): Readonly<Record<string, readonly string[]>> {
  let table = tables.get(house);
  if (table === undefined) {
    table = Object.fromEntries(
      [...gatherPermissions(house)].map(([permission, holders]) => [permission, [...holders]]),
    );
    tables.set(house, table);
  }
  return table;
}

/** What everybody has for themselves; a key is nobody's session and cannot hold it. */
export const personal = 'session.self';

const held = (caller: Caller): ReadonlySet<string> => (caller.kind === 'anonymous' ? new Set() : caller.permissions);

/** Whether the caller holds all that these roles permit: nobody makes or commands somebody mightier. */
const masters = (house: House, caller: Caller, roles: readonly string[]): boolean =>
  covers(
    held(caller),
    permitted(permissionTable(house), roles).filter((permission) => permission !== personal),
  );

/** The page of the console that spends the token. It stands after `#`, so it never reaches a log or a Referer. */
export function linkTo(house: House, token: string): string {
  const { publicUrl, host, port } = house.config;
  const local = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `${(publicUrl ?? `http://${local}:${port}`).replace(/\/$/, '')}/sign-in#token=${token}`;
}

async function makeLink(house: House, on: Query, memberId: string, lifeMs: number): Promise<string> {
  const token = newToken();
  await store.insertLink(on, hashToken(token), memberId, new Date(house.clock.now().getTime() + lifeMs));
  return linkTo(house, token);
}

/** Adds somebody who may come in by the link and then sets a password. */
export async function invite(
  house: House,
  caller: Caller,
  who: { readonly name: string; readonly email: string; readonly roles: readonly Role[] },
  from: From,
): Promise<Result<{ id: string; link: string }>> {
  if (!masters(house, caller, who.roles)) return no('staff.beyond-own-rights');
  const id = newId();
  const now = house.clock.now();
  return house.db.tx(async (tx) => {
    const locale = caller.kind === 'staff' ? caller.locale : 'ru';
    if (!(await store.insertMember(tx, { id, ...who, now, locale }))) return no('staff.email-taken');
    const link = await makeLink(house, tx, id, limits.invitationMs);
    await recordAudit(tx, {
      caller,
      action: 'staff.invited',
      detail: { staffId: id, roles: who.roles },
      ip: from.ip,
      at: now,
    });
    return ok({ id, link });
  });
}

export interface MemberChange {
  readonly name?: string | undefined;
  readonly roles?: readonly Role[] | undefined;
  readonly blocked?: boolean | undefined;
}

/**
 * Changes name, roles or the block. Who counts owners holds one lock, so of two owners who remove each other at once
 * one is refused. Fewer rights act at the next request, also with keys that the person made; a block ends all sessions
 * and links at once, and such keys do not work while it lasts.
 */
export async function changeMember(
  house: House,
  caller: Caller,
  id: string,
  change: MemberChange,
  from: From,
): Promise<Result<MemberRow>> {
  const now = house.clock.now();
  return house.db.tx(async (tx) => {
    await store.lockOwners(tx);
    const before = await store.findMember(tx, id);
    if (before === undefined) return no('staff.not-found');
    if (!masters(house, caller, [...before.roles, ...(change.roles ?? [])])) return no('staff.beyond-own-rights');
    const stays = change.blocked !== true && (change.roles ?? before.roles).includes('owner');
    const isOwner = before.roles.includes('owner') && before.blocked_at === null;
    if (isOwner && !stays && (await store.countOtherOwners(tx, id)) === 0) return no('staff.last-owner');
    const blockedAt = change.blocked === undefined ? undefined : change.blocked ? (before.blocked_at ?? now) : null;
    await store.updateMember(tx, id, { name: change.name, roles: change.roles, blockedAt });
    if (change.blocked === true) {
      // Links first: this waits for one that is being spent just now, whose session the next statement then sees.
      await store.deleteLinksOf(tx, id);
      await store.deleteSessionsOf(tx, id);
    }
    // The keys that this person made can do no more than the person now.
    for (const changed of [id, ...(await store.listKeyIdsOf(tx, id))]) await tellAccessChanged(house, tx, changed);
    const detail = {
      staffId: id,
      ...(change.roles && { roles: change.roles }),
      ...(change.blocked !== undefined && { blocked: change.blocked }),
    };
    await recordAudit(tx, { caller, action: 'staff.changed', detail, ip: from.ip, at: now });
    return ok((await store.findMember(tx, id)) ?? before);
  });
}

/** A new link for somebody who has lost the password; earlier links end. On wish the second factor is taken off too. */
export async function issueLink(
  house: House,
  caller: Caller,
  id: string,
  resetTotp: boolean,
  from: From,
): Promise<Result<{ link: string }>> {
  return house.db.tx(async (tx) => {
    const member = await store.findMember(tx, id);
    if (member === undefined || member.blocked_at !== null) return no('staff.not-found');
    if (!masters(house, caller, member.roles)) return no('staff.beyond-own-rights');
    await store.deleteLinksOf(tx, id);
    const link = await makeLink(
      house,
      tx,
      id,
      member.password_hash === null ? limits.invitationMs : limits.signInLinkMs,
    );
    if (resetTotp) await store.clearTotp(tx, id);
    await recordAudit(tx, {
      caller,
      action: 'staff.link-issued',
      detail: { staffId: id, resetTotp },
      ip: from.ip,
      at: house.clock.now(),
    });
    return ok({ link });
  });
}

/**
 * The link that the start prints: for the longest-standing owner, who is made when there is none.
 * Valid for 30 minutes, once. Two processes that start at once make one owner.
 */
export async function signInLink(house: House): Promise<string> {
  return house.db.tx(async (tx) => {
    await store.lockOwners(tx);
    let owner = await store.findFirstOwner(tx);
    if (owner === undefined) {
      const now = house.clock.now();
      const id = newId();
      await store.insertMember(tx, {
        id,
        name: 'Владелец',
        email: 'owner@ruslo.invalid',
        roles: ['owner'],
        now,
        locale: 'ru',
      });
      owner = await store.findMember(tx, id);
    }
    if (owner === undefined) throw new Error('the first owner was not kept');
    return makeLink(house, tx, owner.id, limits.signInLinkMs);
  });
}

/** Ends a session: one's own, or anybody's for who manages the staff. */
export async function endSession(house: House, caller: Caller, id: string, from: From): Promise<Result<undefined>> {
  return house.db.tx(async (tx) => {
    const session = await store.findSessionById(tx, id);
    const mine = caller.kind === 'staff' && session?.member_id === caller.id;
    if (session === undefined || (!mine && !held(caller).has('staff.manage'))) return no('staff.not-found');
    if (!(await store.deleteSession(tx, id))) return no('staff.not-found');
    await tellAccessChanged(house, tx, session.member_id);
    await recordAudit(tx, {
      caller,
      action: 'session.ended',
      detail: { staffId: session.member_id },
      ip: from.ip,
      at: house.clock.now(),
    });
    return ok(undefined);
  });
}
