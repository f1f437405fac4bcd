import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { App, Followers, House } from '@ruslo/platform';
import { openApp, sendProblem } from '@ruslo/platform';
import { z } from 'zod';

const consoleFolder = new URL('../console/dist/', import.meta.url);

export interface EntranceOptions {
  /** The followers of this process; absent in the role `api`. */
  readonly followers?: Followers | undefined;
}

/** All that one process serves: the slices' routes, health, metrics, the API reference and the console. */
export async function openEntrance(house: House, options: EntranceOptions = {}): Promise<App> {
  const app = await openApp(house);
  registerHealth(app, house, options.followers);
  registerMetrics(app, house, options.followers);
  await registerReference(app, house);
  await registerConsole(app, house);
  return app;
}

const healthSchema = z
  .object({
    ok: z.boolean(),
    parts: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string().optional() })),
  })
  .meta({ id: 'Health' });

function registerHealth(app: App, house: House, followers: Followers | undefined): void {
  app.route({
    method: 'GET',
    url: '/health/live',
    config: { permission: 'public', rateLimit: false },
    schema: { tags: ['platform'], summary: 'The process runs', response: { 200: z.object({ ok: z.literal(true) }) } },
    handler: async () => ({ ok: true as const }),
  });
  app.route({
    method: 'GET',
    url: '/health/ready',
    config: { permission: 'public', rateLimit: false },
    schema: {
      tags: ['platform'],
      summary: 'The process can do its work: Postgres answers. Analytics may be away meanwhile.',
      response: { 200: healthSchema, 503: healthSchema },
    },
    async handler(_request, reply) {
      const parts: Record<string, { ok: boolean; detail?: string }> = {};
      parts['postgres'] = await house.db.query('select 1').then(
        () => ({ ok: true }),
        () => ({ ok: false, detail: 'Postgres does not answer' }),
      );
      for (const slice of house.slices) {
        if (slice.health === undefined) continue;
        parts[slice.name] = await slice
          .health(house)
          .catch((error: unknown) => ({ ok: false, detail: error instanceof Error ? error.name : 'fault' }));
      }
      for (const state of followers?.states() ?? []) {
        if (state.leading)
          parts[state.name] =
            state.fault === undefined ? { ok: true } : { ok: false, detail: `failed ${state.failures} times in a row` };
      }
      const ready = parts['postgres'].ok;
      return reply.code(ready ? 200 : 503).send({ ok: ready, parts });
    },
  });
}

function registerMetrics(app: App, house: House, followers: Followers | undefined): void {
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { permission: 'public', rateLimit: false },
    schema: { tags: ['platform'], summary: 'Prometheus metrics: counts and sizes, never persons' },
    async handler(_request, reply) {
      const memory = process.memoryUsage();
      const lines = [
        '# TYPE process_resident_memory_bytes gauge',
        `process_resident_memory_bytes ${memory.rss}`,
        '# TYPE process_cpu_seconds_total counter',
        `process_cpu_seconds_total ${(process.cpuUsage().user + process.cpuUsage().system) / 1e6}`,
        '# TYPE ruslo_postgres_connections gauge',
        `ruslo_postgres_connections{state="open"} ${house.db.pool.totalCount}`,
        `ruslo_postgres_connections{state="idle"} ${house.db.pool.idleCount}`,
        `ruslo_postgres_connections{state="waiting"} ${house.db.pool.waitingCount}`,
        '# TYPE ruslo_follower_leading gauge',
        ...(followers?.states() ?? []).map(
          (state) => `ruslo_follower_leading{follower="${state.name}"} ${state.leading ? 1 : 0}`,
        ),
        '# TYPE ruslo_follower_failures gauge',
        ...(followers?.states() ?? []).map(
          (state) => `ruslo_follower_failures{follower="${state.name}"} ${state.failures}`,
        ),
      ];
      for (const slice of house.slices) {
        const text = await slice.metrics?.(house);
        if (text !== undefined && text !== '') lines.push(text.trimEnd());
      }
      return reply.type('text/plain; version=0.0.4').send(`${lines.join('\n')}\n`);
    },
  });
}

async function registerReference(app: App, house: House): Promise<void> {
  // Swagger UI's own policy is off: ours (no inline script or style) stands, and its page obeys it.
  const logo = await readFile(new URL('../console/public/logo.svg', import.meta.url));
  await app.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    staticCSP: false,
    uiConfig: { url: '/openapi.json', docExpansion: 'none', tryItOutEnabled: false },
    logo: { type: 'image/svg+xml', content: logo, href: '/', target: '_self' },
    theme: {
      title: 'Ruslo API',
      favicon: [{ filename: 'logo.svg', rel: 'icon', sizes: 'any', type: 'image/svg+xml', content: logo }],
    },
  });
  app.route({
    method: 'GET',
    url: '/docs/problems',
    config: { permission: 'public' },
    schema: { hide: true },
    handler: async (request, reply) =>
      reply.type('text/html; charset=utf-8').send(problemPage(house, request.locale, reply.cspNonce.style)),
  });
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const problemStyle =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}dt{margin-top:1rem;font-weight:600}dd{margin:0}dt:target{outline:2px solid #1466C7;outline-offset:4px}';

/** Every problem code with its text; a problem's `type` points at its line. */
function problemPage(house: House, locale: 'ru' | 'en', nonce: string): string {
  const title = locale === 'ru' ? 'Коды отказов' : 'Problem codes';
  const rows = house.words.keys('problem.').map((key) => {
    const code = key.slice('problem.'.length);
    return `<dt id="${code}"><code>${code}</code></dt><dd>${escape(house.words.raw(locale, key))}</dd>`;
  });
  return `<!doctype html><html lang="${locale}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} · Ruslo</title><style nonce="${nonce}">${problemStyle}</style><h1>${title}</h1><dl>${rows.join('')}</dl></html>`;
}

/** The console's files; every other page address of it answers index.html, with this request's nonce. */
async function registerConsole(app: App, house: House): Promise<void> {
  const indexFile = new URL('index.html', consoleFolder);
  if (!existsSync(indexFile)) {
    house.logger.warn('the console is not built: start with `npm start`, or run `npx vite build` in apps/console');
    return;
  }
  await app.register(fastifyStatic, {
    root: fileURLToPath(consoleFolder),
    serve: false,
    preCompressed: true,
  });
  app.route({
    method: 'GET',
    url: '/assets/*',
    config: { permission: 'public', rateLimit: false },
    schema: { hide: true },
    async handler(request, reply) {
      const name = (request.params as { '*': string })['*'];
      // File names carry a hash of their content, so they may be kept for ever.
      return reply.sendFile(`assets/${name}`, { maxAge: '365d', immutable: true });
    },
  });
  const files = new Set(
    (await readdir(consoleFolder)).filter((name) => name !== 'index.html' && !name.startsWith('.')),
  );
  // A route and not the handler for what is not found: Fastify takes one of those, and the platform has set it.
  app.route({
    method: 'GET',
    url: '/*',
    config: { permission: 'public' },
    schema: { hide: true },
    async handler(request, reply) {
      const name = (request.params as { '*': string })['*'];
      if (files.has(name)) return reply.sendFile(name, { maxAge: '1h' });
      const isPage = !request.url.startsWith('/v1/') && (request.headers.accept ?? '').includes('text/html');
      if (!isPage) return sendProblem(house, request, reply, { code: 'platform.no-such-address', status: 404 });
      // Read each time: when the console was built anew beside a running server, an old page would ask for files that are gone.
      const index = await readFile(indexFile, 'utf8');
      return reply
        .type('text/html; charset=utf-8')
        .header('cache-control', 'no-store')
        .send(index.replaceAll('__NONCE__', reply.cspNonce.style));
    },
  });
}
