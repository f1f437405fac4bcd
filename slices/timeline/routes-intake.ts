import type { App, House } from '@ruslo/platform';
import { isOutage } from '@ruslo/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Body } from './body.ts';
import { readBody } from './body.ts';
import { trackAnswer, trackBatch, trackEvent } from './contract.ts';
import type { Intake } from './intake.ts';
import { answerText, answerTrack, judgeFor, refuseTrack, settle } from './intake.ts';
import { kindOfAddress, openEnvelope, parseJson, rejectAll } from './rules.ts';
import type { Envelope, TrackKind } from './rules.ts';
import type { SourceRow } from './store.ts';

/** The Segment-compatible tracking API. Its routes carry as little as Fastify allows: they are the hottest of the house. */

const shared = {
  // The intake judges its bodies itself, event by event; the schemas are for the document.
  validatorCompiler: () => () => true,
  helmet: false,
  config: { permission: 'write-key', rateLimit: false },
} as const;

const answers = { 200: trackAnswer };
const single: Readonly<Record<string, TrackKind>> = {
  '/v1/identify': 'identify',
  '/v1/track': 'track',
  '/v1/page': 'page',
  '/v1/screen': 'screen',
  '/v1/group': 'group',
  '/v1/alias': 'alias',
  '/v1/i': 'identify',
  '/v1/t': 'track',
  '/v1/p': 'page',
  '/v1/s': 'screen',
  '/v1/g': 'group',
  '/v1/a': 'alias',
};
const batches = ['/v1/batch', '/v1/b', '/v1/import', '/beacon/v1/batch', '/batch', '/batch/'];
const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST, GET, OPTIONS',
  'access-control-allow-headers':
    'Authorization, Content-Type, X-Retry-Count, X-Write-Key, AnonymousId, Content-Encoding',
  'access-control-max-age': '86400',
} as const;

export async function intakeRoutes(root: App, house: House, intake: Intake): Promise<void> {
  await root.register((scope, _options, done) => {
    // A logger of its own for each request would be made thousands of times a second, and hardly ever written to.
    scope.setChildLoggerFactory((logger) => logger);
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, parsed) => readBody(payload, intake.pipeline, parsed));
    scope.setErrorHandler((error: Error, request, reply) => {
      // What Fastify itself stumbles over before us: a content type or length that is none.
      request.log.debug({ fault: error.message }, 'intake request not readable');
      refuseTrack(
        house,
        request,
        reply,
        isOutage(error) ? 'timeline.busy' : 'timeline.unreadable',
        isOutage(error) ? 503 : 400,
      );
    });
    const receive =
      (kind: TrackKind | undefined, isImport = false) =>
      (request: FastifyRequest, reply: FastifyReply): void =>
        take(house, intake, request, reply, kind, isImport);
    const addresses: string[] = [];
    const post = (
      url: string,
      kind: TrackKind | undefined,
      isImport: boolean,
      schema: z.ZodType,
      summary: string,
      hide: boolean,
    ): void => {
      addresses.push(url);
      scope.route({
        method: 'POST',
        url,
        ...shared,
        handler: receive(kind, isImport),
        schema: { tags: ['timeline'], summary, hide, security: [{ writeKey: [] }], body: schema, response: answers },
      });
    };
    for (const [url, kind] of Object.entries(single))
      post(url, kind, false, trackEvent, `Tracking API: ${kind}`, url.length === 5);
    for (const url of batches) {
      post(
        url,
        undefined,
        url === '/v1/import',
        trackBatch,
        url === '/v1/import' ? 'Tracking API: history, with its own times' : 'Tracking API: up to 2,500 events',
        !['/v1/batch', '/v1/import'].includes(url),
      );
    }
    for (const url of ['/api/s/:type', '/api/s/s2s/:type']) {
      addresses.push(url);
      scope.route({
        method: 'POST',
        url,
        ...shared,
        schema: { hide: true },
        handler: (request, reply) =>
          take(house, intake, request, reply, kindOfAddress((request.params as { type: string }).type), false),
      });
    }
    // The browser client's figures about itself.
    scope.route({
      method: 'POST',
      url: '/v1/m',
      ...shared,
      schema: { hide: true },
      handler: (request, reply) => {
        letGo(intake, request);
        answerTrack(reply, '{"success":true}');
      },
    });
    for (const url of [...addresses, '/v1/m', '/v1/projects/:writeKey/settings', '/sourceConfig', '/sourceConfig/']) {
      scope.route({
        method: 'OPTIONS',
        url,
        ...shared,
        schema: { hide: true },
        handler: (request, reply) => {
          letGo(intake, request);
          reply.headers(corsHeaders).code(204).send();
        },
      });
    }
    settingsRoutes(scope as unknown as App, house, intake);
    done();
  });
}

/** Gives back what is held for a body that nobody looks at: even OPTIONS may come with one. */
function letGo(intake: Intake, request: FastifyRequest): void {
  const body = request.body as Body | undefined;
  if (body?.kind === 'text') intake.pipeline.release(body.held);
}

/** One request whose body has been read and whose bytes are held. */
interface Visit {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly envelope: Envelope;
  readonly held: number;
  readonly receivedMs: number;
  readonly isImport: boolean;
}

function take(
  house: House,
  intake: Intake,
  request: FastifyRequest,
  reply: FastifyReply,
  kind: TrackKind | undefined,
  isImport: boolean,
): void {
  const body = request.body as Body | undefined;
  if (body?.kind !== 'text') {
    const code =
      body?.kind === 'too-large'
        ? 'timeline.body-too-large'
        : body?.kind === 'busy'
          ? 'timeline.busy'
          : 'timeline.unreadable';
    refuseTrack(house, request, reply, code, code === 'timeline.busy' ? 503 : 400);
    return;
  }
  const { held } = body;
  let envelope: Envelope | undefined;
  try {
    envelope = openEnvelope(parseJson(body.text), kind);
  } catch {
    /* no JSON; answered below */
  }
  // From here on only what is kept of the events lives until the commit: text and parsed body are some times as large,
  // and copying them from one generation to the next took a fifth of this process.
  request.body = undefined;
  if (envelope === undefined) {
    intake.pipeline.release(held);
    refuseTrack(house, request, reply, 'timeline.unreadable', 400);
    return;
  }
  const visit: Visit = { request, reply, envelope, held, receivedMs: house.clock.now().getTime(), isImport };
  const wait = intake.sources.ready();
  if (wait === undefined) admit(house, intake, visit);
  else afterSources(house, intake, visit, wait, () => admit(house, intake, visit));
}

function afterSources(house: House, intake: Intake, visit: Visit, wait: Promise<void>, go: () => void): void {
  wait.then(go, (error: unknown) => {
    house.logger.warn({ fault: error instanceof Error ? error.message : String(error) }, 'sources cannot be read');
    intake.pipeline.release(visit.held);
    refuseTrack(house, visit.request, visit.reply, 'timeline.busy', 503);
  });
}

function admit(house: House, intake: Intake, visit: Visit): void {
  const source = sourceOf(intake, visit.request, visit.envelope);
  if (source !== undefined) {
    deliver(house, intake, visit, source);
    return;
  }
  afterSources(house, intake, visit, intake.sources.again(), () =>
    deliver(house, intake, visit, sourceOf(intake, visit.request, visit.envelope)),
  );
}

function deliver(house: House, intake: Intake, visit: Visit, source: SourceRow | undefined): void {
  const { request, reply, envelope, held, receivedMs } = visit;
  const { pipeline } = intake;
  if (source === undefined || !source.enabled) {
    pipeline.release(held);
    turnAway(house, intake, visit, source);
    return;
  }
  const isBrowser = source.kind === 'site' || source.kind === 'app';
  const judged = judgeFor(source, envelope, {
    receivedMs,
    isImport: visit.isImport,
    directIp: request.ip,
    ip: isBrowser ? request.ip : undefined,
    userAgent: source.kind === 'site' ? request.headers['user-agent'] : undefined,
  });
  if (judged.accepted.length === 0) {
    pipeline.release(held);
    const none = settle(intake, source, receivedMs, judged, { refused: new Set(), repeated: new Set() });
    answerTrack(reply, answerText(0, none.rejected));
    return;
  }
  // What a common context was multiplied to counts as well.
  const bytes = judged.accepted.reduce((sum, event) => sum + event.row.data.length, 0);
  if (bytes > held && !pipeline.reserve(bytes - held)) {
    pipeline.release(held);
    refuseTrack(house, request, reply, 'timeline.busy', 503);
    return;
  }
  pipeline.offer(judged.accepted, Math.max(bytes, held), (outcome) => {
    if (outcome === undefined) {
      refuseTrack(house, request, reply, 'timeline.busy', 503);
      return;
    }
    const delivered = settle(intake, source, receivedMs, judged, outcome);
    answerTrack(reply, answerText(delivered.accepted, delivered.rejected));
  });
}

/** Nobody gave out this key, or the source is switched off. */
function turnAway(house: House, intake: Intake, visit: Visit, source: SourceRow | undefined): void {
  if (source === undefined && house.config.refuseUnknownKeys) {
    refuseTrack(house, visit.request, visit.reply, 'timeline.unknown-key', 401);
    return;
  }
  const rejected = rejectAll(visit.envelope, source === undefined ? 'timeline.unknown-key' : 'timeline.source-off');
  intake.ledger.reject(source?.id ?? null, visit.receivedMs, rejected);
  if (source !== undefined) intake.ledger.count(source.id, visit.receivedMs, { rejected: rejected.length });
  answerTrack(visit.reply, answerText(0, rejected));
}

function sourceOf(intake: Intake, request: FastifyRequest, envelope: Envelope): SourceRow | undefined {
  const fromHeader = keyOfHeader(request.headers.authorization);
  const known = fromHeader === undefined ? undefined : intake.sources.byKey(fromHeader);
  if (known !== undefined) return known;
  const inBody = envelope.writeKey === undefined ? undefined : intake.sources.byKey(envelope.writeKey);
  if (inBody !== undefined) return inBody;
  const header = request.headers['x-write-key'];
  if (typeof header === 'string') return intake.sources.byKey(header.split(':')[0] ?? '');
  const asked = (request.query as { writeKey?: unknown } | undefined)?.writeKey;
  return typeof asked === 'string' ? intake.sources.byKey(asked) : undefined;
}

// Few keys come again and again; decoding each time costs more than looking up.
const decoded = new Map<string, string>();

/** The write key of `Basic base64(key:)`, also without the colon; undefined for other schemes. */
function keyOfHeader(header: string | undefined): string | undefined {
  if (header === undefined || header.length > 400) return undefined;
  const known = decoded.get(header);
  if (known !== undefined) return known;
  const match = /^basic\s+(\S+)$/i.exec(header);
  if (match?.[1] === undefined) return undefined;
  const key = Buffer.from(match[1], 'base64').toString('utf8').split(':')[0] ?? '';
  if (decoded.size > 1_000) decoded.clear();
  decoded.set(header, key);
  return key;
}

/** What the browser clients ask for before they send: where to send, and that nothing else is to be loaded. */
function settingsRoutes(scope: App, house: House, intake: Intake): void {
  scope.route({
    method: 'GET',
    url: '/v1/projects/:writeKey/settings',
    ...shared,
    schema: { hide: true },
    handler: async (request, reply) => {
      await intake.sources.ready();
      const { writeKey } = request.params as { writeKey: string };
      const source = intake.sources.byKey(writeKey);
      reply.header('access-control-allow-origin', '*').header('cache-control', 'private, max-age=300');
      const base = baseOf(house, request);
      return reply
        .code(source === undefined ? 404 : 200)
        .header('content-type', 'application/json; charset=utf-8')
        .send(
          JSON.stringify({
            integrations:
              source === undefined
                ? {}
                : {
                    'Segment.io': {
                      apiKey: writeKey,
                      apiHost: `${base.host}/v1`,
                      protocol: base.protocol,
                      deliveryStrategy: { strategy: 'standard' },
                      unbundledIntegrations: [],
                      addBundledMetadata: true,
                    },
                  },
            plan: {
              track: { __default: { enabled: true, integrations: {} } },
              identify: { __default: { enabled: true } },
              group: { __default: { enabled: true } },
            },
            edgeFunction: {},
            analyticsNextEnabled: true,
            middlewareSettings: {},
            enabledMiddleware: {},
            metrics: { sampleRate: 0 },
            legacyVideoPluginsEnabled: false,
            remotePlugins: [],
          }),
        );
    },
  });
  for (const url of ['/sourceConfig', '/sourceConfig/']) {
    scope.route({
      method: 'GET',
      url,
      ...shared,
      schema: { hide: true },
      handler: async (request, reply) => {
        await intake.sources.ready();
        const key =
          keyOfHeader(request.headers.authorization) ?? (request.query as { writeKey?: string }).writeKey ?? '';
        const source = intake.sources.byKey(key);
        const base = baseOf(house, request);
        reply.header('access-control-allow-origin', '*');
        return reply
          .code(source === undefined ? 404 : 200)
          .header('content-type', 'application/json; charset=utf-8')
          .send(
            JSON.stringify(
              source === undefined
                ? {}
                : {
                    source: {
                      id: source.id,
                      name: source.name,
                      writeKey: key,
                      enabled: source.enabled,
                      workspaceId: 'ruslo',
                      config: { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } },
                      destinations: [],
                      dataplanes: { US: [{ url: `${base.protocol}://${base.host}`, default: true }] },
                      connections: [],
                    },
                    updatedAt: source.createdAt.toISOString(),
                    consentManagementMetadata: {},
                  },
            ),
          );
      },
    });
  }
}

function baseOf(house: House, request: FastifyRequest): { host: string; protocol: string } {
  const known = house.config.publicUrl === undefined ? undefined : new URL(house.config.publicUrl);
  return { host: known?.host ?? request.host, protocol: known?.protocol.replace(':', '') ?? request.protocol };
}
