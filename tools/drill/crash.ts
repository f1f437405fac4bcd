/**
 * Kills the server and Postgres with SIGKILL at random moments under load, then counts: every acknowledged event must
 * be there exactly once, in Postgres and in ClickHouse, and every follower must have caught up.
 *
 *   npm run drill -- crash [--kills 20] [--seed 1] [--rate 1500]
 *
 * `--kills` is for each of server and Postgres. Traffic goes to 127.0.0.1 only and ends with the kills.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createClient } from '@clickhouse/client';
import { openDb } from '@ruslo/platform';
import { startClickhouse, startPostgres } from '@ruslo/platform/embedded';
import { chance } from './lib-chance.ts';
import { freePort, killPostgres, Server } from './lib-server.ts';

const batchSize = 25;
const workers = 4;

/** Signs in by the printed one-time link and makes a source; returns its write key. */
async function makeSource(server: Server): Promise<string> {
  const token = /[#?]token=([\w-]+)/.exec(server.output)?.[1];
  if (token === undefined) throw new Error(`no sign-in link in the server's output:\n${server.output}`);
  const json = { 'content-type': 'application/json', 'x-ruslo': '1' };
  const session = await fetch(`${server.base}/v1/session/link`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ token }),
  });
  const cookie = (session.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const made = await fetch(`${server.base}/v1/sources`, {
    method: 'POST',
    headers: { ...json, cookie },
    body: JSON.stringify({ name: 'Drill', kind: 'site', channel: 'web', owner: 'drill' }),
  });
  if (!made.ok) throw new Error(`no source: ${made.status} ${await made.text()}`);
  return ((await made.json()) as { writeKey: string }).writeKey;
}

interface Load {
  readonly acknowledged: string[];
  retries: number;
  stopped: boolean;
}

/** Sends batches until told to stop; a batch that got no 200 goes again with the same message ids. */
async function send(server: Server, writeKey: string, load: Load, ratePerS: number): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`;
  const pauseMs = (batchSize * workers * 1_000) / ratePerS;
  while (!load.stopped) {
    const person = Math.floor(Math.random() * 2_000);
    const batch = Array.from({ length: batchSize }, (_, i) => ({
      type: 'track',
      event: 'Product Viewed',
      messageId: randomUUID(),
      timestamp: new Date().toISOString(),
      properties: { product_id: `p${i}` },
      ...(i % 5 === 0 ? { userId: `u${person}`, anonymousId: `a${person}` } : { anonymousId: `a${person}` }),
    }));
    const body = JSON.stringify({ batch, sentAt: new Date().toISOString() });
    for (;;) {
      const answer = await fetch(`${server.base}/v1/batch`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(15_000),
      }).catch(() => undefined);
      if (answer?.status === 200) {
        const said = (await answer.json().catch(() => undefined)) as { accepted?: number } | undefined;
        if (said !== undefined) {
          if (said.accepted !== batchSize) throw new Error(`accepted ${String(said.accepted)} of ${batchSize}`);
          load.acknowledged.push(...batch.map((event) => event.messageId));
          break;
        }
      }
      load.retries += 1;
      await delay(100);
    }
    await delay(pauseMs * (0.5 + Math.random()));
  }
}

async function killAtRandom(
  server: Server,
  data: string,
  kills: number,
  seed: number,
): Promise<{ server: number; postgres: number }> {
  const random = chance(seed);
  const plan = [...Array<'server'>(kills).fill('server'), ...Array<'postgres'>(kills).fill('postgres')]
    .map((what) => ({ what, order: random() }))
    .toSorted((a, b) => a.order - b.order)
    .map((entry) => entry.what);
  const done = { server: 0, postgres: 0 };
  for (const what of plan) {
    await delay(300 + random() * 2_000);
    const beganMs = Date.now();
    if (what === 'server') {
      await server.kill();
      server.start();
    } else {
      await killPostgres(data);
    }
    done[what] += 1;
    await server.ready();
    console.log(
      `${String(done.server + done.postgres).padStart(3)} killed ${what.padEnd(8)} ready again after ${Date.now() - beganMs} ms`,
    );
  }
  return done;
}

interface Counts {
  readonly there: number;
  readonly missing: number;
  readonly doubled: number;
  readonly copied: number;
  readonly behind: string[];
  readonly unjoined: number;
}

/** Opens the stores that the stopped server left and counts. */
async function count(data: string, acknowledged: readonly string[]): Promise<Counts> {
  const postgres = await startPostgres({ dataFolder: data });
  const clickhouse = await startClickhouse({ dataFolder: data });
  const db = openDb({ url: postgres.url, max: 2 });
  const client = createClient({ url: clickhouse.url, request_timeout: 60_000 });
  try {
    const [row] = await db.query<{ there: number; missing: number; doubled: number; unjoined: number }>(
      `with acknowledged as (select unnest($1::text[]) as message_id),
            found as (select a.message_id, count(e.id) as times, count(e.customer_id) as joined
                      from acknowledged a left join log.event e using (message_id) group by a.message_id)
       select count(*) filter (where times = 1)::int as there, count(*) filter (where times = 0)::int as missing,
              count(*) filter (where times > 1)::int as doubled, count(*) filter (where times > joined)::int as unjoined from found`,
      [acknowledged],
    );
    const behind = await db.query<{ name: string }>(
      `select f.name from log.follower f where exists (select from log.event e where (e.tx, e.id) > (f.tx, f.id)
         and (f.name in ('insight.copy', 'identity.contact') or e.kind = 'fact'))`,
    );
    const [events] = await db.query<{ n: number }>('select count(*)::int as n from log.event');
    const result = await client.query({
      query: 'select count() as n, uniqExact(id) as ids from event final',
      format: 'JSONEachRow',
    });
    const [copy] = await result.json<{ n: string; ids: string }>();
    if (row === undefined || events === undefined || copy === undefined) throw new Error('nothing counted');
    if (Number(copy.n) !== events.n || Number(copy.ids) !== events.n)
      behind.push({ name: `ClickHouse has ${copy.n} of ${events.n}` });
    return { ...row, copied: Number(copy.n), behind: behind.map((one) => one.name) };
  } finally {
    await client.close();
    await db.close();
    await clickhouse.stop();
    await postgres.stop();
  }
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      rate: { type: 'string', default: '1500' },
    },
  });
  const [kills, seed, ratePerS] = [Number(values.kills), Number(values.seed), Number(values.rate)];
  const data = await mkdtemp(join(tmpdir(), 'ruslo-drill-'));
  const server = new Server(data, await freePort());
  const beganMs = Date.now();
  try {
    server.start();
    await server.ready();
    const writeKey = await makeSource(server);
    const load: Load = { acknowledged: [], retries: 0, stopped: false };
    const senders = Array.from({ length: workers }, () => send(server, writeKey, load, ratePerS));
    const done = await killAtRandom(server, data, kills, seed);
    load.stopped = true;
    await Promise.all(senders);
    // Followers get a bounded time to catch up with the last events, as they would in life.
    await delay(10_000);
    await server.stop();
    const counts = await count(data, load.acknowledged);
    const good = counts.missing === 0 && counts.doubled === 0 && counts.unjoined === 0 && counts.behind.length === 0;
    console.log(
      `killed: server ${done.server}, Postgres ${done.postgres}; ${Math.round((Date.now() - beganMs) / 1000)} s; batches sent again ${load.retries}`,
    );
    console.log(
      `acknowledged ${load.acknowledged.length}: once ${counts.there}, missing ${counts.missing}, doubled ${counts.doubled}, without a customer ${counts.unjoined}`,
    );
    console.log(
      `copied to ClickHouse ${counts.copied}; followers behind: ${counts.behind.length === 0 ? 'none' : counts.behind.join(', ')}`,
    );
    console.log(good ? 'drill: passed' : 'drill: FAILED');
    process.exitCode = good ? 0 : 1;
  } catch (error) {
    console.error(error);
    console.error(server.output.slice(-8_000));
    process.exitCode = 1;
  } finally {
    await server.kill();
    await rm(data, { recursive: true, force: true });
  }
}
