import { randomBytes } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import fastifyCookie from '@fastify/cookie';
import fastifyRateLimit from '@fastify/rate-limit';
import fastifySwagger from '@fastify/swagger';
import {
  createJsonSchemaTransform,
  hasZodFastifySchemaValidationErrors,
  isResponseSerializationError,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from '@fastify/type-provider-zod';
import type { ZodTypeProvider } from '@fastify/type-provider-zod';
import { ok, refuse } from '@ruslo/kernel';
import type { Refusal, Result, Role } from '@ruslo/kernel';
import Fastify from 'fastify';
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { sqlState } from './db.ts';
import { documentRefusals } from './document.ts';
import { registerHeaders } from './headers.ts';
import type { App, Caller, House } from './slice.ts';
import { chooseLocale } from './words.ts';

const anonymous: Caller = { kind: 'anonymous' };

/** Permission → roles that hold it, gathered from the slices. The owner holds every permission. */
export function gatherPermissions(house: Pick<House, 'slices'>): Map<string, ReadonlySet<Role>> {
  const gathered = new Map<string, Set<Role>>();
  for (const slice of house.slices) {
    for (const [permission, holders] of Object.entries(slice.permissions ?? {})) {
      const set = gathered.get(permission) ?? new Set<Role>(['owner']);
      for (const role of holders) set.add(role);
      gathered.set(permission, set);
    }
  }
  return gathered;
}

/** 16 hex digits: drawn once for the process, then counted. Fresh random bytes for each request took 5 of its 100 µs. */
function requestId(): () => string {
  const process = randomBytes(4).toString('hex');
  let count = randomBytes(4).readUInt32BE();
  return () => {
    count = (count + 1) >>> 0;
    return process + count.toString(16).padStart(8, '0');
  };
}

const isVisitor = (caller: Caller): boolean => caller.kind === 'customer' && !caller.signedIn;

/** Requests a minute. Many visitors may stand behind one address: an office, a mobile network, a site's own server. */
function limitOf(caller: Caller): number {
  if (caller.kind === 'key') return 600_000;
  return isVisitor(caller) ? 30_000 : 3_000;
}

/** The only door: Fastify with zod, problem+json, permissions, security headers, limits and OpenAPI. */
export async function openApp(house: House): Promise<App> {
  const app = Fastify({
    loggerInstance: house.logger.child({ part: 'http' }) as FastifyBaseLogger,
    logController: new Fastify.LogController({ disableRequestLogging: true }),
    // Not `true`: that would believe the first address, which anybody may write, and locks and limits go by it.
    trustProxy: house.config.trustProxy > 0 && ((_address: string, hop: number) => hop < house.config.trustProxy),
    bodyLimit: 1_048_576,
    routerOptions: { maxParamLength: 512 },
    forceCloseConnections: true,
    // A path that cannot be decoded fails before any route is known.
    frameworkErrors: (error, request, reply) => {
      request.locale = chooseLocale(request.headers['accept-language']);
      return sendProblem(house, request as FastifyRequest, reply as unknown as FastifyReply, {
        code: 'platform.bad-request',
        status: error.statusCode ?? 400,
      });
    },
    genReqId: requestId(),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('caller', null as never);
  app.decorateRequest('shown', null);
  app.decorateRequest('locale', 'ru');

  await app.register(fastifyCookie);
  await registerHeaders(app);
  await app.register(fastifyRateLimit, {
    // A person and an unknown address: 50 a second. A key serves a whole chain of tills and sites: 10,000 a second.
    global: true,
    max: (request) => limitOf(request.caller),
    timeWindow: '1 minute',
    // Runs after the entrance has recognised the caller, so nobody gets a fresh limit by inventing a cookie or a key.
    // A visitor's session costs nothing, so all of an address count as one.
    keyGenerator: ({ caller, ip }) => {
      if (caller.kind === 'anonymous') return ip;
      return isVisitor(caller) ? `visitor:${ip}` : `${caller.kind}:${caller.id}`;
    },
    // The intake has limits of its own, in events and bytes.
    allowList: (request) => request.routeOptions.config.permission === 'write-key',
    errorResponseBuilder: (_request, context) =>
      Object.assign(new Error('rate limit'), { statusCode: 429, retryAfterS: Math.ceil(context.ttl / 1000) }),
  });
  app.addHook('onRoute', documentRefusals);
  await registerOpenApi(app);
  registerEntrance(app, house);
  registerFaults(app, house);
  for (const slice of house.slices) await slice.routes?.(app, house);
  return app;
}

async function registerOpenApi(app: App): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Ruslo',
        version: '0.1.0',
        description: 'One customer, one history, one conversation across every channel.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'ruslo_session' },
          secretKey: { type: 'http', scheme: 'bearer', description: 'Secret API key `rs_…` with scopes' },
          customer: { type: 'http', scheme: 'bearer', description: 'Token `rc_…` of a customer’s session' },
          writeKey: { type: 'http', scheme: 'basic', description: 'Write key of a source as the user name' },
        },
      },
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig: { target: 'draft-2020-12' } } as Parameters<
      typeof createJsonSchemaTransform
    >[0]),
    transformObject: jsonSchemaTransformObject,
  });
  app.route({
    method: 'GET',
    url: '/openapi.json',
    config: { permission: 'public' },
    schema: { hide: true },
    handler: async () => app.swagger(),
  });
}

/** Who asks, by the first slice that knows them; undefined for a stranger. */
export async function recognise(house: House, request: FastifyRequest): Promise<Caller | undefined> {
  for (const slice of house.slices) {
    const caller = await slice.authenticate?.(house, request);
    if (caller !== undefined) return caller;
  }
  return undefined;
}

/** Recognises the caller, refuses what the route's permission does not allow, and writes one log line a request. */
function registerEntrance(app: App, house: House): void {
  const known = new Set(['public', 'write-key', ...gatherPermissions(house).keys()]);
  app.addHook('onRoute', (route) => {
    const permission = route.config?.permission;
    if (permission === undefined) {
      if (route.url.startsWith('/docs')) return; // the reference page's own files, public like the document
      throw new Error(`${String(route.method)} ${route.url} names no permission`);
    }
    if (!known.has(permission))
      throw new Error(`${String(route.method)} ${route.url}: no slice declares the permission ${permission}`);
  });
  app.addHook('onRequest', async (request, reply) => {
    const permission = request.routeOptions.config.permission;
    request.caller = anonymous;
    if (permission === 'write-key') return undefined;
    request.locale = chooseLocale(request.headers['accept-language']);
    const caller = await recognise(house, request);
    if (caller !== undefined) {
      request.caller = caller;
      if (caller.kind === 'staff' && request.headers['accept-language'] === undefined) request.locale = caller.locale;
    }
    if (permission === undefined || permission === 'public') return undefined;
    reply.header('cache-control', 'no-store'); // what needs a permission is nothing for a cache
    if (request.caller.kind === 'anonymous')
      return sendProblem(house, request, reply, { code: 'platform.not-signed-in', status: 401 });
    if (request.caller.kind === 'customer') {
      const { self } = request.routeOptions.config;
      if (self === 'visitor' || (self === 'signed-in' && request.caller.signedIn)) return undefined;
      const code = self === undefined ? 'platform.not-permitted' : 'platform.not-signed-in';
      return sendProblem(house, request, reply, {
        code,
        status: self === undefined ? 403 : 401,
        params: { permission },
      });
    }
    if (!request.caller.permissions.has(permission)) {
      return sendProblem(house, request, reply, {
        code: 'platform.not-permitted',
        status: 403,
        params: { permission },
      });
    }
    return undefined;
  });
  app.addHook('onResponse', (request, reply, done) => {
    const config = request.routeOptions.config;
    // The intake's answers are counted, not logged: thousands of lines a second say nothing.
    if (config.permission !== 'write-key') {
      request.log.info(
        {
          id: request.id,
          method: request.method,
          route: request.routeOptions.url,
          status: reply.statusCode,
          ms: Math.round(reply.elapsedTime * 10) / 10,
        },
        'request',
      );
    }
    // What a customer does with her own things is on her timeline.
    if (config.audit !== undefined && reply.statusCode < 400 && request.caller.kind !== 'customer') {
      const params = request.params as { id?: string } | undefined;
      const isCustomers = request.routeOptions.url?.startsWith('/v1/customers/:id') === true;
      const shown = isCustomers && params?.id !== undefined ? [params.id] : (request.shown ?? [null]);
      for (const customerId of shown) noteAudit(house, request, config.audit, customerId, reply.statusCode);
    }
    done();
  });
}

/**
 * Says to the access log that the caller saw or changed this customer. Routes with `config.audit` and the customer in
 * the path have it said for them; others set `request.shown`, or say it themselves at once, as a stream does.
 */
export function noteAudit(
  house: House,
  request: FastifyRequest,
  action: string,
  customerId: string | null,
  status = 200,
): void {
  const entry = {
    at: house.clock.now(),
    caller: request.caller,
    action,
    customerId,
    status,
    ip: request.ip,
    requestId: String(request.id),
  };
  for (const slice of house.slices) slice.audit?.(house, entry);
}

function registerFaults(app: App, house: House): void {
  app.setNotFoundHandler({}, (request, reply) =>
    sendProblem(house, request, reply, { code: 'platform.no-such-address', status: 404 }),
  );
  app.setErrorHandler((error: Error & { statusCode?: number; retryAfterS?: number }, request, reply) => {
    if (hasZodFastifySchemaValidationErrors(error)) {
      const errors = error.validation.map((issue) => ({
        path: `${error.validationContext ?? ''}${issue.instancePath}`,
        message: issue.message ?? '',
      }));
      return sendProblem(house, request, reply, { code: 'platform.bad-request', status: 400 }, errors);
    }
    if (error.statusCode === 429) {
      if (error.retryAfterS !== undefined) reply.header('retry-after', error.retryAfterS);
      return sendProblem(house, request, reply, {
        code: 'platform.too-many-requests',
        status: 429,
        params: { seconds: error.retryAfterS ?? 60 },
      });
    }
    // Postgres refuses text with NUL, and JSON with half a character; that is the asker's input, not our fault.
    const state = sqlState(error);
    if (state === '22021' || state === '22P05' || (state === '22P02' && error.message.endsWith('type json')))
      return sendProblem(house, request, reply, { code: 'platform.bad-text', status: 400 });
    if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
      return sendProblem(house, request, reply, { code: 'platform.bad-request', status: error.statusCode }, [
        { path: '', message: error.message },
      ]);
    }
    request.log.error(
      {
        id: request.id,
        route: request.routeOptions.url,
        fault: error.message,
        stack: error.stack,
        state: sqlState(error),
        serialization: isResponseSerializationError(error),
      },
      'request failed',
    );
    if (isOutage(error)) {
      reply.header('retry-after', 1);
      return sendProblem(house, request, reply, { code: 'platform.store-away', status: 503 });
    }
    return sendProblem(house, request, reply, { code: 'platform.fault', status: 500 });
  });
}

/** `:id` of a customer's route: an id, or `me` for the customer who asks. */
export const whoseParams = z.object({ id: z.union([z.literal('me'), z.uuid()]) });

/** The customer whom a route of `/v1/customers/:id/…` is about. A customer may only say `me`, others only an id. */
export function whose(request: FastifyRequest, id: string): Result<string> {
  if (request.caller.kind === 'customer')
    return id === 'me' ? ok(request.caller.id) : refuse('platform.not-permitted', 403, { permission: 'self' });
  return id === 'me' ? refuse('platform.bad-request', 400) : ok(id);
}

/** True when the database is away or overloaded: the same request may succeed soon. */
export function isOutage(error: unknown): boolean {
  const state = sqlState(error) ?? '';
  if (
    /^(08|53|57P|57014)/.test(state) ||
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT'].includes(state)
  )
    return true;
  return (
    error instanceof Error &&
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|Query read timeout/i.test(
      error.message,
    )
  );
}

/** Answers a refusal as problem+json in the asker's language. */
export function sendProblem(
  house: Pick<House, 'words'>,
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: Refusal,
  errors?: readonly { path: string; message: string }[],
): FastifyReply {
  const problem = {
    type: `/docs/problems#${refusal.code}`,
    title: STATUS_CODES[refusal.status] ?? 'Error',
    status: refusal.status,
    detail: house.words.say(request.locale, `problem.${refusal.code}`, refusal.params),
    code: refusal.code,
    instance: String(request.id),
    ...(errors === undefined ? {} : { errors }),
  };
  return reply.code(refusal.status).type('application/problem+json').serializer(JSON.stringify).send(problem);
}

/** Sends the value of a result, or its refusal as problem+json. */
export function answer<T>(
  house: Pick<House, 'words'>,
  request: FastifyRequest,
  reply: FastifyReply,
  result: Result<T>,
): FastifyReply {
  return result.ok ? reply.send(result.value) : sendProblem(house, request, reply, result.refusal);
}
