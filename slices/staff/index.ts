import type { Caller, House, Slice } from '@ruslo/platform';
import { AuditBuffer } from './audit.ts';
import { roles } from '@ruslo/kernel';
import { forgetKeys, recogniseKey } from './key.ts';
import { permissionTable } from './member.ts';
import { keyAndAuditRoutes, staffRoutes } from './routes-manage.ts';
import { cookieName, guard, sessionRoutes } from './routes.ts';
import { permitted } from './rules.ts';
import { recogniseSession } from './sign-in.ts';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

export { recordAudit } from './audit.ts';
export type { AuditNote } from './audit.ts';
export { signInLink } from './member.ts';

const buffers = new WeakMap<House, AuditBuffer>();
function bufferOf(house: House): AuditBuffer {
  let buffer = buffers.get(house);
  if (buffer === undefined) {
    buffer = new AuditBuffer(house);
    buffers.set(house, buffer);
  }
  return buffer;
}

async function authenticate(
  house: House,
  request: Parameters<NonNullable<Slice['authenticate']>>[1],
): Promise<Caller | undefined> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const key = await recogniseKey(house, authorization);
    // A key that does not hold must not fall back to a cookie that happens to be there.
    return key === undefined ? undefined : { kind: 'key', id: key.id, permissions: key.permissions };
  }
  const token = request.cookies[cookieName];
  const session = token === undefined ? undefined : await recogniseSession(house, token);
  if (session === undefined) return undefined;
  return {
    kind: 'staff',
    id: session.member_id,
    sessionId: session.id,
    roles: session.roles,
    permissions: new Set(permitted(permissionTable(house), session.roles)),
    locale: session.locale,
  };
}

/** Staff: who may come in, what they may do, and the record of whom they saw and changed. */
export const staff: Slice = {
  name: 'staff',
  migrations: new URL('./migrations/', import.meta.url),
  words: { ru, en },
  permissions: {
    'session.self': roles,
    'staff.manage': ['owner'],
    'key.manage': ['owner', 'integrator'],
    'audit.read': ['owner', 'dpo'],
  },
  routes(app, house) {
    guard(app, house, bufferOf(house));
    sessionRoutes(app, house);
    staffRoutes(app, house);
    keyAndAuditRoutes(app, house);
  },
  authenticate,
  audit: (house, entry) => bufferOf(house).add(entry),
  metrics: async (house) => `# TYPE ruslo_audit_waiting gauge\nruslo_audit_waiting ${bufferOf(house).waiting}`,
  close(house) {
    forgetKeys(house);
    return bufferOf(house).close();
  },
};
