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
  return house.db.tx(async (tx) => {
    if (!(await store.revokeKey(tx, id, now))) return no('staff.not-found');
    await tellAccessChanged(house, tx, id);
    await recordAudit(tx, { caller, action: 'key.revoked', detail: { keyId: id }, ip: from.ip, at: now });
    return ok(undefined);
  });
}

/**
 * The key of an `Authorization: Bearer rs_…` header, and what it may do: its scopes, as far as who made it still holds
 * them. Undefined when it is not one of ours, is revoked, or its maker is blocked.
 */
export async function recogniseKey(
  house: House,
  authorization: string | undefined,
): Promise<{ readonly id: string; readonly permissions: ReadonlySet<string> } | undefined> {
  const secret = /^Bearer (rs_[\w-]{20,100})$/i.exec(authorization ?? '')?.[1];
  if (secret === undefined) return undefined;
  const key = await store.findKey(house.db, hashToken(secret));
  if (key === undefined) return undefined;
  const now = house.clock.now();
  if (key.last_used_at === null || now.getTime() - key.last_used_at.getTime() > 60_000)
    await store.touchKey(house.db, key.id, now);
  const held = new Set(permitted(permissionTable(house), key.maker_roles));
  return { id: key.id, permissions: new Set(key.scopes.filter((scope) => held.has(scope))) };
}
