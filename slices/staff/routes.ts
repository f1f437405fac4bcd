import type { FastifyReply, FastifyRequest } from 'fastify';
import { ok } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { answer, sendProblem } from '@ruslo/platform';
import type { App, Caller, House } from '@ruslo/platform';
import { z } from 'zod';
import type { AuditBuffer } from './audit.ts';
import * as contract from './contract.ts';
import { problems } from './contract.ts';
import { isCrossSite, isForeign, limits } from './rules.ts';
import type { Origin } from './rules.ts';
import * as signIn from './sign-in.ts';
import type { From, Opened } from './sign-in.ts';

export const cookieName = 'ruslo_session';
const tags = ['staff'];
const nothing = z.object({});

export const fromOf = (request: FastifyRequest): From => ({
  ip: request.ip,
  agent: request.headers['user-agent'] ?? '',
});

const header = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};

const originOf = (request: FastifyRequest): Origin => ({
  method: request.method,
  host: request.host,
  origin: header(request, 'origin'),
  secFetchSite: header(request, 'sec-fetch-site'),
  marked: header(request, 'x-ruslo') !== undefined,
});

/** The result, or its refusal, with `Retry-After` where the refusal says when. */
export function reply<T>(house: House, request: FastifyRequest, to: FastifyReply, result: Result<T>): FastifyReply {
  const retryAfterS = result.ok ? undefined : result.refusal.params?.['retryAfterS'];
  if (retryAfterS !== undefined) to.header('retry-after', retryAfterS);
  // Done with nothing to say is `{}`, so that every answer is JSON.
  return answer<unknown>(house, request, to, result.ok && result.value === undefined ? ok({}) : result);
}

/** The person behind the request. Routes with `session.self` see nobody else: no key can hold that permission. */
export function me(request: FastifyRequest): Extract<Caller, { kind: 'staff' }> {
  if (request.caller.kind !== 'staff') throw new Error('a route of a person was reached by something else');
  return request.caller;
}

/**
 * Before any route of any slice: what came with the cookie must not have been started by another site,
 * and nobody is shown while the access log cannot be written.
 */
export function guard(app: App, house: House, audit: AuditBuffer): void {
  app.addHook('onRequest', async (request, to) => {
    const { audit: audited, permission } = request.routeOptions.config;
    if (permission === 'write-key') return undefined;
    if (request.caller.kind === 'staff' && isCrossSite(originOf(request))) {
      return sendProblem(house, request, to, { code: 'staff.cross-site', status: problems['staff.cross-site'] });
    }
    if (audited !== undefined && audit.isFull) {
      to.header('retry-after', 5);
      return sendProblem(house, request, to, { code: 'staff.audit-waits', status: problems['staff.audit-waits'] });
    }
    return undefined;
  });
}

/** `/v1/session`: coming in, going out, oneself. */
export function sessionRoutes(app: App, house: House): void {
  const secure = (request: FastifyRequest): boolean =>
    request.protocol === 'https' || house.config.publicUrl?.startsWith('https:') === true;
  const forget = (request: FastifyRequest, to: FastifyReply): FastifyReply =>
    to.clearCookie(cookieName, { path: '/', httpOnly: true, sameSite: 'lax', secure: secure(request) });
  const opened = (request: FastifyRequest, to: FastifyReply, result: Result<Opened>): FastifyReply => {
    to.header('cache-control', 'no-store');
    if (!result.ok) return reply(house, request, to, result);
    to.setCookie(cookieName, result.value.token, {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: secure(request),
      maxAge: limits.sessionMaxMs / 1000,
    });
    return to.send({ state: result.value.state });
  };
  /** A page of another site must not sign a person in as somebody else either. */
  const own = {
    onRequest: async (request: FastifyRequest, to: FastifyReply): Promise<unknown> =>
      isForeign(originOf(request))
        ? sendProblem(house, request, to, { code: 'staff.cross-site', status: 403 })
        : undefined,
  };
  const entry = { config: { permission: 'public' }, ...own };

  app.post(
    '/v1/session',
    {
      ...entry,
      schema: { tags, summary: 'Sign in', body: contract.signInBody, response: { 200: contract.signInAnswer } },
    },
    async (request, to) =>
      opened(request, to, await signIn.signIn(house, request.body.email, request.body.password, fromOf(request))),
  );

  app.post(
    '/v1/session/totp',
    {
      ...entry,
      schema: {
        tags,
        summary: 'Give the second factor',
        body: contract.codeBody,
        response: { 200: contract.signInAnswer },
      },
    },
    async (request, to) =>
      opened(
        request,
        to,
        await signIn.signInByCode(house, request.cookies[cookieName], request.body.code, fromOf(request)),
      ),
  );

  app.post(
    '/v1/session/link',
    {
      ...entry,
      schema: {
        tags,
        summary: 'Come in by a one-time link',
        body: contract.linkBody,
        response: { 200: contract.signInAnswer },
      },
    },
    async (request, to) => opened(request, to, await signIn.signInByLink(house, request.body.token, fromOf(request))),
  );

  app.delete(
    '/v1/session',
    { ...entry, schema: { tags, summary: 'Sign out', response: { 200: nothing } } },
    async (request, to) => {
      const token = request.cookies[cookieName];
      if (token !== undefined) await signIn.signOut(house, token, fromOf(request));
      return forget(request, to).send({});
    },
  );
  selfRoutes(app, house);
}

function selfRoutes(app: App, house: House): void {
  const config = { permission: 'session.self' };

  app.get(
    '/v1/session',
    { config, schema: { tags, summary: 'Who I am and what I may do', response: { 200: contract.sessionAnswer } } },
    async (request, to) => reply(house, request, to, await signIn.describe(house, me(request))),
  );

  app.patch(
    '/v1/session/profile',
    {
      config,
      schema: {
        tags,
        summary: 'Change my name, language, theme, time zone, e-mail (with my password)',
        body: contract.profileBody,
        response: { 200: contract.sessionAnswer },
      },
    },
    async (request, to) =>
      reply(house, request, to, await signIn.changeProfile(house, me(request), request.body, fromOf(request))),
  );

  app.put(
    '/v1/session/password',
    {
      config,
      schema: {
        tags,
        summary: 'Set my password; all my other sessions end',
        body: contract.passwordBody,
        response: { 200: nothing },
      },
    },
    async (request, to) =>
      reply(
        house,
        request,
        to,
        await signIn.changePassword(house, me(request), request.body.current, request.body.next, fromOf(request)),
      ),
  );

  app.post(
    '/v1/session/totp/setup',
    { config, schema: { tags, summary: 'Propose a TOTP secret', response: { 200: contract.totpSetupAnswer } } },
    async (request, to) => reply(house, request, to, await signIn.setUpTotp(house, me(request).id)),
  );

  app.post(
    '/v1/session/totp/confirm',
    {
      config,
      schema: {
        tags,
        summary: 'Put the second factor in force; answers the recovery codes, once',
        body: contract.codeBody,
        response: { 200: contract.totpConfirmAnswer },
      },
    },
    async (request, to) =>
      reply(house, request, to, await signIn.confirmTotp(house, me(request), request.body.code, fromOf(request))),
  );

  app.post(
    '/v1/session/totp/remove',
    {
      config,
      schema: {
        tags,
        summary: 'Take the second factor off; asks for one more code',
        body: contract.codeBody,
        response: { 200: nothing },
      },
    },
    async (request, to) =>
      reply(house, request, to, await signIn.removeTotp(house, me(request).id, request.body.code, fromOf(request))),
  );
}
