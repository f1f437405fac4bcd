import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identity, resolve } from '@ruslo/identity';
import type { Sighting } from '@ruslo/identity';
import { migrate, openApp, openDb, openHouse, readConfig } from '@ruslo/platform';
import type { House, Slice } from '@ruslo/platform';
import { startPostgres } from '@ruslo/platform/embedded';
import { latencyLine, machineLine, quantile } from './lib-stats.ts';

/**
 * `npm run bench -- identity [customers …]`: lookup, search and the card over HTTP, with 10,000 and 1,000,000 customers.
 * The people are made by SQL: 2,000 surnames in two genders, 60 given names, phone, e-mail, card, user id, half with a
 * visitor's customer id merged in.
 */

const staffId = '01900000-0000-7000-8000-000000000001';
const everybody: Slice = {
  name: 'everybody',
  authenticate: () =>
    Promise.resolve({ kind: 'key', id: staffId, permissions: new Set(Object.keys(identity.permissions ?? {})) }),
};

export async function main(args: readonly string[]): Promise<void> {
  const sizes = args.length > 0 ? args.map((text) => Number(text.replaceAll(/[_,]/g, ''))) : [10_000, 1_000_000];
  console.log(machineLine());
  const results: { size: number; figures: Map<string, number> }[] = [];
  for (const size of sizes) results.push({ size, figures: await measure(size) });
  const [small, large] = [results[0], results.at(-1)];
  if (small === undefined || large === undefined || small === large) return;
  for (const [name, before] of small.figures) {
    const after = large.figures.get(name) ?? Number.NaN;
    console.log(
      `${name}: ${before.toFixed(2)} ms with ${small.size.toLocaleString('en')}, ${after.toFixed(2)} ms with ${large.size.toLocaleString('en')} customers (${after > before ? '+' : ''}${Math.round((after / before - 1) * 100)} %)`,
    );
  }
}

async function measure(size: number): Promise<Map<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'ruslo-bench-identity-'));
  const postgres = await startPostgres({ dataFolder: folder, database: 'bench' });
  const db = openDb({ url: postgres.url, max: 2 });
  try {
    await migrate(db, [identity]);
    const startedMs = performance.now();
    await db.tx(async (tx) => {
      for (const statement of fill(size)) await tx.query(statement);
    });
    await db.query('vacuum analyze');
    console.log(
      `\n${size.toLocaleString('en')} customers (made in ${Math.round((performance.now() - startedMs) / 1_000)} s)`,
    );
    return await overHttp(postgres.url, size);
  } finally {
    await db.close();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function overHttp(postgresUrl: string, size: number): Promise<Map<string, number>> {
  const house = openHouse({
    config: { ...readConfig({ port: '0' }, {}), logLevel: 'fatal' },
    slices: [identity, everybody],
    postgresUrl,
    clickhouseUrl: 'http://127.0.0.1:9',
  });
  const app = await openApp(house);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  const get = (path: string): Promise<{ ms: number; status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const startedMs = performance.now();
      // The limit of requests a minute counts by key.
      const headers = { authorization: `Bearer bench-${Math.random()}` };
      send({ host: '127.0.0.1', port, path, agent, headers }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          resolve({
            ms: performance.now() - startedMs,
            status: response.statusCode ?? 0,
            body: Buffer.concat(parts).toString(),
          }),
        );
      })
        .on('error', reject)
        .end();
    });
  try {
    const person = makePerson(size);
    const figures = new Map<string, number>();
    const batches = await resolving(house, person);
    console.log(latencyLine('resolve 1,000 sightings of known people', batches));
    figures.set('resolve 1,000, median', quantile(batches, 0.5));
    const ids: string[] = [];
    const lookups = await series(
      2_000,
      (turn) => {
        const who = person(turn);
        const [kind, value] = (
          [
            ['phone', who.phoneTyped],
            ['card', who.card],
            ['email', who.email.toUpperCase()],
            ['user_id', who.user],
            ['anonymous_id', who.cookie],
          ] as const
        )[turn % 5] ?? ['phone', ''];
        return `/v1/customers/lookup?kind=${kind}&value=${encodeURIComponent(value)}`;
      },
      get,
      (body, status) => {
        if (status === 200 && ids.length < 500) ids.push((JSON.parse(body) as { id: string }).id);
      },
    );
    console.log(latencyLine('lookup', lookups.times), `${lookups.statuses}`);
    figures.set('lookup p99', quantile(lookups.times, 0.99));
    const cards = await series(500, (turn) => `/v1/customers/${ids[turn % ids.length] ?? ''}`, get);
    console.log(latencyLine('card', cards.times), `${cards.statuses}`);
    figures.set('card p99', quantile(cards.times, 0.99));
    const all: number[] = [];
    for (const [name, ask] of Object.entries(questions)) {
      let hits = 0;
      const found = await series(
        60,
        (turn) => `/v1/customers?q=${encodeURIComponent(ask(person(turn), turn))}`,
        get,
        (body) => {
          hits += (JSON.parse(body) as { items?: unknown[] }).items?.length ?? 0;
        },
      );
      console.log(latencyLine(`search by ${name}`, found.times), `${found.statuses}, ${(hits / 60).toFixed(1)} found`);
      all.push(...found.times);
    }
    console.log(latencyLine('search, all kinds', all));
    figures.set('search p95', quantile(all, 0.95));
    const lists = await series(
      60,
      (turn) =>
        turn % 2 === 0 ? '/v1/customers' : `/v1/customers?channel=shop&lastSeenFrom=2026-02-${10 + (turn % 10)}`,
      get,
    );
    console.log(latencyLine('list, with and without filter', lists.times), `${lists.statuses}`);
    return figures;
  } finally {
    agent.destroy();
    await app.close();
    await house.close();
  }
}

/** Milliseconds for batches of 1,000 sightings as the intake makes them: cookie and user id, all known. */
async function resolving(house: House, person: (turn: number) => Somebody): Promise<number[]> {
  const times: number[] = [];
  for (let batch = 0; batch < 40; batch += 1) {
    const at = house.clock.now().toISOString();
    const sightings = Array.from({ length: 1_000 }, (_, index): Sighting => {
      const who = person(batch * 1_000 + index);
      const identifiers = [
        { kind: 'user_id', value: who.user, proof: 'proven' as const },
        { kind: 'anonymous_id', value: who.cookie, proof: 'proven' as const },
      ];
      return { at, occurredAt: at, sourceId: null, channel: 'web', traits: undefined, identifiers };
    });
    const startedMs = performance.now();
    const owners = await house.db.retry((tx) => resolve(tx, sightings, house.clock.now()));
    if (batch >= 10) times.push(performance.now() - startedMs);
    if (owners.includes(null)) throw new Error('a sighting was not resolved');
  }
  return times;
}

async function series(
  count: number,
  path: (turn: number) => string,
  get: (path: string) => Promise<{ ms: number; status: number; body: string }>,
  each?: (body: string, status: number) => void,
): Promise<{ times: number[]; statuses: string }> {
  const times: number[] = [];
  const statuses = new Map<number, number>();
  for (let turn = -20; turn < count; turn += 1) {
    const { ms, status, body } = await get(path(Math.abs(turn)));
    if (turn < 0) continue; // the first few open connections and prepare statements
    times.push(ms);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    each?.(body, status);
  }
  return { times, statuses: [...statuses].map(([status, times_]) => `${times_}× ${status}`).join(' ') };
}

const givenNames = [
  'александр',
  'анна',
  'мария',
  'дмитрий',
  'елена',
  'сергей',
  'ольга',
  'андрей',
  'наталья',
  'алексей',
  'татьяна',
  'иван',
  'ирина',
  'михаил',
  'светлана',
  'николай',
  'юлия',
  'владимир',
  'екатерина',
  'павел',
];
const roots = [
  'иван',
  'петр',
  'сидор',
  'кузнец',
  'соколов',
  'морозов',
  'волк',
  'лебед',
  'козл',
  'новик',
  'зайц',
  'павл',
  'семен',
  'голуб',
  'виноград',
  'богдан',
  'воробь',
  'федор',
  'михайл',
  'беля',
  'тарас',
  'белк',
  'комар',
  'орл',
  'киселе',
  'макар',
  'андре',
  'ильин',
  'гусь',
  'титар',
  'кудрявц',
  'барана',
  'куликов',
  'алекс',
  'степан',
  'яковл',
  'сорок',
  'сергее',
  'роман',
  'захар',
  'борис',
  'корол',
  'герасим',
  'понома',
  'григорь',
  'лазар',
  'медвед',
  'ершов',
  'никит',
  'соболь',
];
const middles = [
  'ал',
  'ен',
  'ич',
  'ор',
  'ук',
  'ап',
  'ит',
  'он',
  'ар',
  'ил',
  'ос',
  'ун',
  'ев',
  'ам',
  'ор',
  'ах',
  'иш',
  'ож',
  'уб',
  'ант',
  'еш',
  'ыр',
  'ох',
  'ям',
  'ур',
  'иц',
  'оп',
  'аш',
  'ет',
  'он',
  'ат',
  'ик',
  'ош',
  'уз',
  'ер',
  'ин',
  'ов',
  'ад',
  'ул',
  'ек',
];

interface Somebody {
  readonly last: string;
  readonly first: string;
  readonly phone: string;
  readonly phoneTyped: string;
  readonly email: string;
  readonly card: string;
  readonly user: string;
  readonly cookie: string;
}

/** The same person that `fill` makes under a number, so that the bench knows whom to ask for. */
function makePerson(size: number): (turn: number) => Somebody {
  return (turn) => {
    const n = ((turn + 1) * 7_919) % size;
    const first = givenNames[n % givenNames.length] ?? '';
    const last = `${roots[n % roots.length] ?? ''}${middles[Math.floor(n / 50) % middles.length] ?? ''}ов${'ая'.includes(first.at(-1) ?? '') ? 'а' : ''}`;
    const line = String(9_000_000_000 + n * 997).slice(0, 10);
    const card = `29${String(n).padStart(10, '0')}`;
    let sum = 0;
    for (let index = 0; index < 12; index += 1) sum += Number(card[index]) * (index % 2 === 0 ? 1 : 3);
    return {
      last,
      first,
      phone: `+7${line}`,
      phoneTyped: `8 (${line.slice(0, 3)}) ${line.slice(3, 6)}-${line.slice(6, 8)}-${line.slice(8)}`,
      email: `user${n}@mail.ru`,
      card: `${card}${(10 - (sum % 10)) % 10}`,
      user: `u${n}`,
      cookie: `a${n}`,
    };
  };
}

const slip = (word: string, turn: number): string => `${word.slice(0, 3 + (turn % 2))}${word.slice(4 + (turn % 2))}`;

const questions: Readonly<Record<string, (who: Somebody, turn: number) => string>> = {
  surname: (who) => who.last,
  'surname and given name': (who) => `${who.last} ${who.first}`,
  'given name': (who) => who.first,
  'surname with a typo': (who, turn) => slip(who.last, turn),
  'both with a typo': (who, turn) => `${slip(who.last, turn)} ${who.first}`,
  beginning: (who, turn) => who.last.slice(0, 2 + (turn % 4)),
  nobody: (_who, turn) => `щукоеж${turn}ина`,
  phone: (who) => who.phoneTyped,
  'end of a phone': (who) => who.phone.slice(-4),
  'seven digits of a phone': (who) => who.phone.slice(-7),
  'e-mail': (who) => who.email,
  'part of an e-mail': (who) => who.email.slice(0, 6),
  card: (who) => who.card,
};

const quoted = (words: readonly string[]): string => `array[${words.map((word) => `'${word}'`).join()}]`;

/** SQL that makes so many customers, with a visitor's id merged into every second. */
export function fill(size: number): string[] {
  const uuid = (prefix: string, n: string): string =>
    `(lpad(to_hex(${prefix}), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
  return [
    `create temp table someone on commit drop as
     with names as (select n, (${quoted(givenNames)})[1 + n % ${givenNames.length}] as first,
         (${quoted(roots)})[1 + n % ${roots.length}] || (${quoted(middles)})[1 + (n / 50) % ${middles.length}] || 'ов' as root,
         left((9000000000 + n::bigint * 997)::text, 10) as line, '29' || lpad(n::text, 10, '0') as card
       from generate_series(0, ${size - 1}) n)
     select n, first, root || case when right(first, 1) in ('а', 'я') then 'а' else '' end as last, line,
       card || ((10 - (select sum(substr(card, i, 1)::int * case when i % 2 = 1 then 1 else 3 end) from generate_series(1, 12) i) % 10) % 10)::text as card,
       ${uuid('26214400', 'n::bigint * 2')} as visitor, ${uuid('26214400', 'n::bigint * 2 + 1')} as id from names`,
    `insert into identity.customer (id, head_id, created_at, updated_at, channel, first_name, last_name)
     select id, case when n % 2 = 0 then visitor else id end, '2026-01-01', '2026-01-01', 'web', initcap(first), initcap(last) from someone`,
    `insert into identity.customer (id, head_id, created_at, updated_at, channel) select visitor, visitor, '2026-01-01', '2026-01-01', 'web' from someone where n % 2 = 0`,
    `insert into identity.identifier (kind, value, slot, customer_id, proof, how, channel, first_seen_at)
     select k.kind, k.value, 'link', case when k.kind = 'anonymous_id' and n % 2 = 0 then visitor else id end, 'proven', 'event', 'web', '2026-01-01'
       from someone cross join lateral (values ('phone', '+7' || line), ('email', 'user' || n || '@mail.ru'), ('card', card), ('user_id', 'u' || n), ('anonymous_id', 'a' || n)) k(kind, value)
      order by 1, 2`,
    `insert into identity.merge (id, a, b, by_kind, why, evidence, via_kind, via_value, at)
     select gen_random_uuid(), visitor, id, 'rule', 'identifier', '[]', 'anonymous_id', 'a' || n, '2026-01-01' from someone where n % 2 = 0`,
    `insert into identity.contact (customer_id, channel, first_at, last_at)
     select id, case n % 3 when 0 then 'shop' when 1 then 'web' else 'call' end, '2026-01-01', timestamptz '2026-01-01' + make_interval(mins => n % 80000) from someone`,
    `insert into identity.person (id, words, contacts)
     select case when n % 2 = 0 then visitor else id end, array[last, first], '+7' || line || ' user' || n || '@mail.ru ' || card from someone`,
    // Beside the names that many bear, the rare and the mistyped ones: a tenth as many words as people.
    `insert into identity.word select last from someone union select first from someone union
     select (${quoted(roots)})[1 + n % ${roots.length}] || (${quoted(middles)})[1 + (n / 50) % ${middles.length}] || (${quoted(middles)})[1 + (n / 2000) % ${middles.length}] || (${quoted(middles)})[1 + (n / 80000) % ${middles.length}]
       from generate_series(1, ${Math.floor(size / 10)}) n`,
  ];
}
