import { ok } from '@ruslo/kernel';
import type { App, House } from '@ruslo/platform';
import { z } from 'zod';
import * as contract from './contract.ts';
import { roles } from '@ruslo/kernel';
import type { Role } from '@ruslo/kernel';
import { createKey, revokeKey } from './key.ts';
import { changeMember, endSession, invite, issueLink, permissionTable } from './member.ts';
import { permitted } from './rules.ts';
import { fromOf, me, reply } from './routes.ts';
import { no } from './sign-in.ts';
import * as store from './store.ts';
import type { AuditListed, KeyRow, MemberRow, SessionRow } from './store.ts';

const tags = ['staff'];
const nothing = z.object({});
const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

const showMember = (row: MemberRow): z.input<typeof contract.memberItem> => ({
  id: row.id,
  name: row.name,
  email: row.email,
  roles: row.roles as Role[],
  blocked: row.blocked_at !== null,
  totp: row.totp_at !== null,
  password: row.password_hash !== null,
  signedInAt: iso(row.signed_in_at),
  createdAt: row.created_at.toISOString(),
});

const showSession = (row: SessionRow, currentId: string | undefined): z.input<typeof contract.sessionItem> => ({
  id: row.id,
  staffId: row.member_id,
  createdAt: row.created_at.toISOString(),
  seenAt: row.seen_at.toISOString(),
  ip: row.ip,
  agent: row.agent,
  current: row.id === currentId,
});

const showKey = (row: KeyRow): z.input<typeof contract.keyItem> => ({
  id: row.id,
  name: row.name,
  prefix: row.prefix,
  scopes: row.scopes,
  createdBy: { id: row.created_by, name: row.created_by_name },
  createdAt: row.created_at.toISOString(),
  lastUsedAt: iso(row.last_used_at),
  revokedAt: iso(row.revoked_at),
});

const named = (id: string | null, name: string | null): { id: string; name: string } | null =>
  id === null ? null : { id, name: name ?? '' };

const showAudit = (row: AuditListed): z.input<typeof contract.auditItem> => ({
  id: row.id,
  at: row.at.toISOString(),
  staff: named(row.member_id, row.member_name),
  key: named(row.key_id, row.key_name),
  action: row.action,
  customerId: row.customer_id,
  detail: row.detail,
  ip: row.ip,
});

/** Sessions, staff and roles. */
export function staffRoutes(app: App, house: House): void {
  const self = { permission: 'session.self' };
  const manage = { permission: 'staff.manage' };

  app.get(
    '/v1/sessions',
    {
      config: self,
      schema: {
        tags,
        summary: 'My sessions, or those of somebody whom I manage',
        querystring: contract.sessionsQuery,
        response: { 200: contract.page(contract.sessionItem) },
      },
    },
    async (request, to) => {
      const caller = me(request);
      const staffId = request.query.staffId ?? caller.id;
      if (staffId !== caller.id && !caller.permissions.has('staff.manage'))
        return reply(house, request, to, no('staff.beyond-own-rights'));
      const rows = await store.listSessions(house.db, staffId);
      return to.send({ items: rows.map((row) => showSession(row, caller.sessionId)), nextCursor: null });
    },
  );

  app.delete(
    '/v1/sessions/:id',
    { config: self, schema: { tags, summary: 'End a session', params: contract.idParams, response: { 200: nothing } } },
    async (request, to) =>
      reply(house, request, to, await endSession(house, me(request), request.params.id, fromOf(request))),
  );

  app.get(
    '/v1/staff',
    { config: manage, schema: { tags, summary: 'The staff', response: { 200: contract.page(contract.memberItem) } } },
    async (_request, to) => to.send({ items: (await store.listMembers(house.db)).map(showMember), nextCursor: null }),
  );

  app.post(
    '/v1/staff',
    {
      config: manage,
      schema: {
        tags,
        summary: 'Invite somebody; answers the link to come in by',
        body: contract.inviteBody,
        response: { 200: contract.inviteAnswer },
      },
    },
    async (request, to) =>
      reply(house, request, to, await invite(house, request.caller, request.body, fromOf(request))),
  );

  app.patch(
    '/v1/staff/:id',
    {
      config: manage,
      schema: {
        tags,
        summary: 'Change name or roles, block or unblock',
        params: contract.idParams,
        body: contract.memberBody,
        response: { 200: contract.memberItem },
      },
    },
    async (request, to) => {
      const result = await changeMember(house, request.caller, request.params.id, request.body, fromOf(request));
      return reply(house, request, to, result.ok ? ok(showMember(result.value)) : result);
    },
  );

  app.post(
    '/v1/staff/:id/link',
    {
      config: manage,
      schema: {
        tags,
        summary: 'A new one-time link for somebody',
        params: contract.idParams,
        body: contract.linkRequest,
        response: { 200: contract.linkAnswer },
      },
    },
    async (request, to) =>
      reply(
        house,
        request,
        to,
        await issueLink(house, request.caller, request.params.id, request.body?.resetTotp === true, fromOf(request)),
      ),
  );

  app.get(
    '/v1/roles',
    {
      config: self,
      schema: { tags, summary: 'What each role permits', response: { 200: contract.page(contract.roleItem) } },
    },
    async (_request, to) =>
      to.send({
        items: roles.map((role) => ({ role, permissions: permitted(permissionTable(house), [role]) })),
        nextCursor: null,
      }),
  );
}

/** Secret keys and the access log. */
export function keyAndAuditRoutes(app: App, house: House): void {
  const manage = { permission: 'key.manage' };

  app.get(
    '/v1/keys',
    { config: manage, schema: { tags, summary: 'Secret keys', response: { 200: contract.page(contract.keyItem) } } },
    async (_request, to) => to.send({ items: (await store.listKeys(house.db)).map(showKey), nextCursor: null }),
  );

  app.post(
    '/v1/keys',
    {
      config: manage,
      schema: {
        tags,
        summary: 'Make a secret key; its text is shown this once',
        body: contract.keyBody,
        response: { 200: contract.keyAnswer },
      },
    },
    async (request, to) =>
      reply(
        house,
        request,
        to,
        await createKey(house, request.caller, request.body.name, request.body.scopes, fromOf(request)),
      ),
  );

  app.delete(
    '/v1/keys/:id',
    {
      config: manage,
      schema: {
        tags,
        summary: 'Revoke a key, at once and for good',
        params: contract.idParams,
        response: { 200: nothing },
      },
    },
    async (request, to) =>
      reply(house, request, to, await revokeKey(house, request.caller, request.params.id, fromOf(request))),
  );

  app.get(
    '/v1/audit',
    {
      config: { permission: 'audit.read' },
      schema: {
        tags,
        summary: 'Who saw and changed whom, newest first',
        querystring: contract.auditQuery,
        response: { 200: contract.page(contract.auditItem) },
      },
    },
    async (request, to) => {
      const { customerId, staffId, action, cursor, limit } = request.query;
      const rows = await store.listAudit(house.db, {
        customerIds: customerId,
        memberId: staffId,
        action,
        cursor,
        limit: limit + 1,
      });
      const items = rows.slice(0, limit).map(showAudit);
      return to.send({ items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null });
    },
  );
}
