import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { newId } from '@ruslo/platform';
import type { Role } from '@ruslo/kernel';
import type { Caller, House, Query } from '@ruslo/platform';
import { recordAudit } from './audit.ts';
import type { z } from 'zod';
import { problems } from './contract.ts';
import type { ProblemCode, profileBody, sessionAnswer } from './contract.ts';
import { askerOf, codeGuesses, isAlive, limits, passwordFault, passwordGuesses } from './rules.ts';
import type { Guess } from './rules.ts';
import {
  Busy,
  fingerprint,
  hashPassword,
  hashRecoveryCode,
  hashToken,
  newRecoveryCodes,
  newToken,
  newTotpSecret,
  totpStep,
  totpUri,
  verifyPassword,
} from './secret.ts';
import * as store from './store.ts';
import type { MemberRow, SessionAndMember } from './store.ts';

/** Where a request comes from. */
export interface From {
  readonly ip: string;
  readonly agent: string;
}

/** A new session: the token goes into the cookie and is not kept anywhere else. */
export interface Opened {
  readonly token: string;
  readonly state: 'signed-in' | 'totp-required';
}

export const no = (code: ProblemCode, params?: Readonly<Record<string, string | number>>): Result<never> =>
  refuse(code, problems[code], params);

const after = (now: Date, ms: number): Date => new Date(now.getTime() + ms);

/** Somebody of the staff as the audit log names them; permissions play no part there. */
export const memberCaller = (memberId: string): Caller => ({
  kind: 'staff',
  id: memberId,
  sessionId: '',
  roles: [],
  permissions: new Set<string>(),
  locale: 'ru',
});

/**
 * Tells, at the commit, that a member or a key may do less than before: an open stream outlives the request that was
 * judged, and asks for its right anew when it hears this.
 */
export const tellAccessChanged = (house: House, on: Query, id: string): Promise<void> =>
  house.live.signal(on, 'access.changed', { id });

/** Counts the guess first, then says whether it may be looked at: a hundred at once get no more tries than one by one. */
async function admit(on: Query, guesses: readonly Guess[], now: Date): Promise<Result<undefined>> {
  const counters = await store.countGuess(on, guesses, now, after(now, limits.guessWindowMs));
  const over = counters.filter(
    (counter) => counter.count > (guesses.find((guess) => guess.key === counter.key)?.limit ?? 0),
  );
  if (over.length === 0) return ok(undefined);
  const endsMs = Math.max(...over.map((counter) => counter.ends_at.getTime()));
  return no('staff.too-many-guesses', { retryAfterS: Math.max(1, Math.ceil((endsMs - now.getTime()) / 1000)) });
}

async function check(password: string, hash: string | null | undefined): Promise<Result<boolean>> {
  try {
    return ok(await verifyPassword(password, hash));
  } catch (error) {
    if (error instanceof Busy) return no('staff.busy', { retryAfterS: 2 });
    throw error;
  }
}

async function open(
  on: Query,
  member: MemberRow,
  how: 'password' | 'link',
  waitsTotp: boolean,
  now: Date,
  from: From,
): Promise<Opened> {
  const token = newToken();
  await store.insertSession(on, {
    id: newId(),
    memberId: member.id,
    tokenHash: hashToken(token),
    how,
    waitsTotp,
    now,
    ip: from.ip,
    agent: from.agent.slice(0, 300),
  });
  if (!waitsTotp) {
    await store.markSignedIn(on, member.id, now);
    await recordAudit(on, {
      caller: memberCaller(member.id),
      action: 'session.started',
      detail: { how },
      ip: from.ip,
      at: now,
    });
  }
  return { token, state: waitsTotp ? 'totp-required' : 'signed-in' };
}

/** E-mail and password. A wrong address, a wrong password, a blocked account: one answer, in the same time. */
export async function signIn(house: House, email: string, password: string, from: From): Promise<Result<Opened>> {
  const now = house.clock.now();
  const guesses = passwordGuesses(fingerprint(email), fingerprint(askerOf(from.ip)));
  // Who has no tries left leaves no rows: a counter for each address that somebody thinks of would fill the table.
  const ofAsker = guesses.filter((guess) => guess.key.startsWith('asker:'));
  for (const some of [ofAsker, guesses.filter((guess) => !ofAsker.includes(guess))]) {
    const admitted = await admit(house.db, some, now);
    if (!admitted.ok) return admitted;
  }
  await store.sweep(house.db, now, after(now, -limits.sessionIdleMs));
  const member = await store.findMemberByEmail(house.db, email);
  const checked = await check(password, member?.password_hash);
  if (!checked.ok) return checked;
  if (!checked.value || member === undefined || member.blocked_at !== null) {
    if (member)
      await recordAudit(house.db, {
        caller: { kind: 'anonymous' },
        action: 'session.refused',
        detail: { staffId: member.id },
        ip: from.ip,
        at: now,
      });
    return no('staff.wrong-credentials');
  }
  return house.db.tx(async (tx) => {
    await store.forgiveGuess(tx, guesses);
    return ok(await open(tx, member, 'password', member.totp_at !== null, now, from));
  });
}

/** A one-time link stands in for the password; the second factor is asked all the same. */
export async function signInByLink(house: House, token: string, from: From): Promise<Result<Opened>> {
  const now = house.clock.now();
  return house.db.tx(async (tx) => {
    const memberId = await store.spendLink(tx, hashToken(token), now);
    const member = memberId === undefined ? undefined : await store.findMember(tx, memberId);
    if (member === undefined || member.blocked_at !== null) return no('staff.link-spent');
    return ok(await open(tx, member, 'link', member.totp_at !== null, now, from));
  });
}

/** The second step. The waiting session ends and a new one with a new token begins. */
export async function signInByCode(
  house: House,
  token: string | undefined,
  code: string,
  from: From,
): Promise<Result<Opened>> {
  const now = house.clock.now();
  const waiting = token === undefined ? undefined : await store.findSession(house.db, hashToken(token));
  if (waiting === undefined || !waiting.waits_totp || !alive(waiting, now)) return no('staff.wrong-code');
  const guesses = codeGuesses(waiting.member_id);
  const admitted = await admit(house.db, guesses, now);
  if (!admitted.ok) return admitted;
  return house.db.tx(async (tx) => {
    const member = await store.findMember(tx, waiting.member_id);
    if (member === undefined || !(await spendCode(tx, member, code, now))) {
      await recordAudit(tx, {
        caller: { kind: 'anonymous' },
        action: 'session.refused',
        detail: { staffId: waiting.member_id, step: 'totp' },
        ip: from.ip,
        at: now,
      });
      return no('staff.wrong-code');
    }
    if (!(await store.deleteSession(tx, waiting.id))) return no('staff.wrong-code');
    await store.forgiveGuess(tx, guesses);
    return ok(await open(tx, member, waiting.how, false, now, from));
  });
}

async function spendCode(on: Query, member: MemberRow, code: string, now: Date): Promise<boolean> {
  if (member.totp_secret === null || member.totp_at === null) return false;
  if (!/^[\d\s]+$/.test(code)) return store.spendRecoveryCode(on, member.id, hashRecoveryCode(code));
  const step = totpStep(member.totp_secret, code, now);
  return step !== undefined && store.spendTotpStep(on, member.id, step);
}

const alive = (session: SessionAndMember, now: Date): boolean =>
  session.blocked_at === null &&
  isAlive({ createdAt: session.created_at, seenAt: session.seen_at, waitsTotp: session.waits_totp }, now);

/** Who the cookie belongs to; undefined for nobody. A sign of life is written once a minute. */
export async function recogniseSession(
  house: House,
  token: string,
): Promise<(SessionAndMember & { roles: Role[] }) | undefined> {
  const now = house.clock.now();
  const session = await store.findSession(house.db, hashToken(token));
  if (session === undefined || session.waits_totp || !alive(session, now)) return undefined;
  if (now.getTime() - session.seen_at.getTime() > 60_000) await store.touchSession(house.db, session.id, now);
  return session as SessionAndMember & { roles: Role[] };
}

/** Ends the session that the cookie names, waiting ones too. */
export async function signOut(house: House, token: string, from: From): Promise<void> {
  const session = await store.findSession(house.db, hashToken(token));
  if (session === undefined) return;
  await house.db.tx(async (tx) => {
    if (!(await store.deleteSession(tx, session.id)) || session.waits_totp) return;
    await tellAccessChanged(house, tx, session.member_id);
    await recordAudit(tx, {
      caller: memberCaller(session.member_id),
      action: 'session.ended',
      ip: from.ip,
      at: house.clock.now(),
    });
  });
}

/** Asks somebody who is signed in for the password again; wrong ones are counted against the account. */
async function provePassword(house: House, member: MemberRow, given: string, now: Date): Promise<Result<undefined>> {
  const guesses = [{ key: `password:${member.id}`, limit: 5 }];
  const admitted = await admit(house.db, guesses, now);
  if (!admitted.ok) return admitted;
  const checked = await check(given, member.password_hash);
  if (!checked.ok) return checked;
  if (!checked.value) return no('staff.wrong-password');
  await store.forgiveGuess(house.db, guesses);
  return ok(undefined);
}

/**
 * Sets a new password and ends all other sessions. The old one is asked for, unless there is none or the person
 * came in by a link within the last half hour.
 */
export async function changePassword(
  house: House,
  me: { readonly id: string; readonly sessionId: string },
  current: string | undefined,
  next: string,
  from: From,
): Promise<Result<undefined>> {
  const now = house.clock.now();
  const member = await store.findMember(house.db, me.id);
  if (member === undefined) return no('staff.not-found');
  const fault = passwordFault(next, member.email);
  if (fault !== undefined) return no('staff.weak-password', { reason: fault, least: limits.passwordMin });
  const session = (await store.listSessions(house.db, me.id)).find((row) => row.id === me.sessionId);
  const fresh = session?.how === 'link' && now.getTime() - session.created_at.getTime() < limits.linkFreshMs;
  if (member.password_hash !== null && !fresh) {
    const proved = await provePassword(house, member, current ?? '', now);
    if (!proved.ok) return proved;
  }
  const hash = await hashPassword(next);
  await house.db.tx(async (tx) => {
    await store.setPassword(tx, member.id, hash);
    await store.deleteSessionsOf(tx, member.id, me.sessionId);
    await store.deleteLinksOf(tx, member.id);
    await tellAccessChanged(house, tx, member.id);
    await recordAudit(tx, { caller: memberCaller(member.id), action: 'password.changed', ip: from.ip, at: now });
  });
  return ok(undefined);
}

/** The signed-in person as their own console needs to know them. */
export async function describe(
  house: House,
  me: Extract<Caller, { kind: 'staff' }>,
): Promise<Result<z.input<typeof sessionAnswer>>> {
  const member = await store.findMember(house.db, me.id);
  if (member === undefined) return no('staff.not-found');
  return ok({
    staff: {
      id: member.id,
      name: member.name,
      email: member.email,
      roles: [...me.roles],
      locale: member.locale,
      theme: member.theme,
      timeZone: member.time_zone,
      totp: member.totp_at !== null,
      password: member.password_hash !== null,
    },
    permissions: [...me.permissions].sort(),
  });
}

/** Changes the given fields. Another address needs the password: whoever found a session open would shut its owner out. */
export async function changeProfile(
  house: House,
  me: Extract<Caller, { kind: 'staff' }>,
  change: z.output<typeof profileBody>,
  from: From,
): Promise<Result<z.input<typeof sessionAnswer>>> {
  const { email, password, ...rest } = change;
  const now = house.clock.now();
  if (email !== undefined) {
    const member = await store.findMember(house.db, me.id);
    if (member === undefined) return no('staff.not-found');
    if (member.password_hash !== null) {
      if (password === undefined) return no('staff.password-needed');
      const proved = await provePassword(house, member, password, now);
      if (!proved.ok) return proved;
    }
  }
  const taken = await house.db.tx(async (tx) => {
    if (email !== undefined && !(await store.setEmail(tx, me.id, email))) return true;
    await store.updateMember(tx, me.id, rest);
    if (email !== undefined)
      await recordAudit(tx, {
        caller: me,
        action: 'staff.changed',
        detail: { staffId: me.id, email: true },
        ip: from.ip,
        at: now,
      });
    return false;
  });
  return taken ? no('staff.email-taken') : describe(house, me);
}

/** Proposes a secret; it is in force only when its first code came back. */
export async function setUpTotp(house: House, memberId: string): Promise<Result<{ secret: string; uri: string }>> {
  const member = await store.findMember(house.db, memberId);
  if (member === undefined) return no('staff.not-found');
  const secret = newTotpSecret();
  if (!(await store.proposeTotp(house.db, memberId, secret))) return no('staff.totp-on');
  return ok({ secret, uri: totpUri(secret, member.email) });
}

/** Puts the second factor in force and gives the recovery codes, once. Other sessions, opened without it, end. */
export async function confirmTotp(
  house: House,
  me: { readonly id: string; readonly sessionId: string },
  code: string,
  from: From,
): Promise<Result<{ recoveryCodes: string[] }>> {
  const now = house.clock.now();
  const member = await store.findMember(house.db, me.id);
  if (member === undefined || member.totp_secret === null) return no('staff.totp-off');
  if (member.totp_at !== null) return no('staff.totp-on');
  const { totp_secret: secret } = member;
  const step = totpStep(secret, code, now);
  if (step === undefined) return no('staff.wrong-code');
  const recoveryCodes = newRecoveryCodes();
  return house.db.tx(async (tx) => {
    if (!(await store.confirmTotp(tx, me.id, secret, step, now))) return no('staff.totp-on');
    await store.replaceRecoveryCodes(tx, me.id, recoveryCodes.map(hashRecoveryCode));
    await store.deleteSessionsOf(tx, me.id, me.sessionId);
    await tellAccessChanged(house, tx, me.id);
    await recordAudit(tx, { caller: memberCaller(me.id), action: 'totp.set', ip: from.ip, at: now });
    return ok({ recoveryCodes });
  });
}

/** Takes the second factor off for whoever proves to have it: by a code of the device or a recovery code. */
export async function removeTotp(house: House, memberId: string, code: string, from: From): Promise<Result<undefined>> {
  const now = house.clock.now();
  const before = await store.findMember(house.db, memberId);
  if (before === undefined || before.totp_at === null) return no('staff.totp-off');
  const guesses = codeGuesses(memberId);
  const admitted = await admit(house.db, guesses, now);
  if (!admitted.ok) return admitted;
  return house.db.tx(async (tx) => {
    const member = await store.findMember(tx, memberId);
    if (member === undefined || !(await spendCode(tx, member, code, now))) return no('staff.wrong-code');
    if (!(await store.clearTotp(tx, memberId))) return no('staff.totp-off');
    await store.forgiveGuess(tx, guesses);
    await recordAudit(tx, { caller: memberCaller(memberId), action: 'totp.removed', ip: from.ip, at: now });
    return ok(undefined);
  });
}
