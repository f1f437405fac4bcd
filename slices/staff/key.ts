import { ok } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { newId } from '@ruslo/platform';
import type { Caller, House } from '@ruslo/platform';
import { recordAudit } from './audit.ts';
import { permissionTable, personal } from './member.ts';
import { covers, permitted } from './rules.ts';
import { hashToken, newToken } from './secret.ts';
import { no, tellAccessChanged } from './sign-in.ts';
import type { From } from './sign-in.ts';
import * as store from './store.ts';

const prefix = 'rs_';

/** A secret key. Its text is shown once and kept as a hash; it can do no more than who made it. */
export async function createKey(
  house: House,
  caller: Caller,
  name: string,
  wanted: readonly string[],
  from: From,
): Promise<Result<{ id: string; secret: string }>> {
  if (caller.kind !== 'staff') return no('staff.person-only');
  const scopes = [...new Set(wanted)].sort();
  const table = permissionTable(house);
  const unknown = scopes.find((scope) => !Object.hasOwn(table, scope) || scope === personal);
  if (unknown !== undefined) return no('staff.unknown-scope', { scope: unknown });
  if (!covers(caller.permissions, scopes)) return no('staff.beyond-own-rights');
  const id = newId();
  const secret = newToken(prefix);
  const now = house.clock.now();
  await house.db.tx(async (tx) => {
    await store.insertKey(tx, {
      id,
      name,
      secretHash: hashToken(secret),
      prefix: secret.slice(0, 9),
      scopes,
      createdBy: caller.id,
      now,
    });
    await recordAudit(tx, { caller, action: 'key.created', detail: { keyId: id, scopes }, ip: from.ip, at: now });
  });
  return ok({ id, secret });
}

export async function revokeKey(house: House, caller: Caller, id: string, from: From): Promise<Result<undefined>> {
  const now = house.clock.now();
  const result = await house.db.tx(async (tx) => {
    if (!(await store.revokeKey(tx, id, now))) return no('staff.not-found');
    await tellAccessChanged(house, tx, id);
    await recordAudit(tx, { caller, action: 'key.revoked', detail: { keyId: id }, ip: from.ip, at: now });
    return ok(undefined);
  });
  // Here at once; elsewhere when the signal is heard.
  const memory = memories.get(house);
  if (memory !== undefined) forget(memory, id);
  return result;
}

export interface KnownKey {
  readonly id: string;
  readonly permissions: ReadonlySet<string>;
}

interface Kept {
  readonly key: KnownKey;
  readonly makerId: string;
  readonly atMs: number;
}

/** The keys that were recognised within the last second, by their text; a till back end asks hundreds of times in it. */
interface Memory {
  readonly kept: Map<string, Kept>;
  /** Grows with each signal: what was read before it is not kept. */
  turn: number;
  readonly off: () => void;
}

/** A signal ends it at once; one that is lost with its connection, after this. */
const keptMs = 1_000;
const mostKept = 1_000;
const memories = new WeakMap<House, Memory>();

function memoryOf(house: House): Memory {
  const known = memories.get(house);
  if (known !== undefined) return known;
  const memory: Memory = {
    kept: new Map(),
    turn: 0,
    off: house.live.signals(({ topic, data }) => {
      if (topic === 'access.changed') forget(memory, (data as { id?: string }).id);
    }),
  };
  memories.set(house, memory);
  return memory;
}

function forget(memory: Memory, id: string | undefined): void {
  memory.turn += 1;
  for (const [secret, { key, makerId }] of memory.kept) if (key.id === id || makerId === id) memory.kept.delete(secret);
}

export function forgetKeys(house: House): void {
  memories.get(house)?.off();
  memories.delete(house);
}

/**
 * The key of an `Authorization: Bearer rs_…` header, and what it may do: its scopes, as far as who made it still holds
 * them. Undefined when it is not one of ours, is revoked, or its maker is blocked. What was read is kept for a second:
 * revoking holds in every process as soon as its signal is heard.
 */
export async function recogniseKey(house: House, authorization: string | undefined): Promise<KnownKey | undefined> {
  const secret = /^Bearer (rs_[\w-]{20,100})$/i.exec(authorization ?? '')?.[1];
  if (secret === undefined) return undefined;
  const memory = memoryOf(house);
  const kept = memory.kept.get(secret);
  if (kept !== undefined && performance.now() - kept.atMs < keptMs) return kept.key;
  const atMs = performance.now();
  const { turn } = memory;
  const row = await store.findKey(house.db, hashToken(secret));
  memory.kept.delete(secret);
  if (row === undefined) return undefined;
  const now = house.clock.now();
  if (row.last_used_at === null || now.getTime() - row.last_used_at.getTime() > 60_000)
    await store.touchKey(house.db, row.id, now);
  const held = new Set(permitted(permissionTable(house), row.maker_roles));
  const key = { id: row.id, permissions: new Set(row.scopes.filter((scope) => held.has(scope))) };
  if (memory.turn === turn) {
    if (memory.kept.size >= mostKept) memory.kept.clear();
    memory.kept.set(secret, { key, makerId: row.created_by, atMs });
  }
  return key;
}
