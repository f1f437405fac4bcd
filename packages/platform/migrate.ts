import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Db, Tx } from './db.ts';
import type { Slice } from './slice.ts';

interface Migration {
  readonly slice: string;
  readonly name: string;
  readonly sql: string;
  readonly hash: string;
}

const platformMigrations = new URL('./migrations/', import.meta.url);

async function load(slice: string, folder: URL): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name)).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8');
      return { slice, name, sql, hash: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

export async function loadMigrations(
  slices: readonly Slice[],
  kind: 'migrations' | 'clickhouse' = 'migrations',
): Promise<Migration[]> {
  const all: Migration[] = kind === 'migrations' ? await load('log', platformMigrations) : [];
  for (const slice of slices) {
    const folder = slice[kind];
    if (folder !== undefined) all.push(...(await load(slice.name, folder)));
  }
  return all;
}

/**
 * Brings the database to the state of the code. Migrations are numbered SQL, forward only, hashed, never edited:
 * an applied file whose text changed is refused. Two processes may call it at once; one waits for the other.
 * @returns how many were applied.
 */
export async function migrate(db: Db, slices: readonly Slice[]): Promise<number> {
  const wanted = await loadMigrations(slices);
  return db.tx(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(hashtext('ruslo.migrate'))`);
    await tx.query('create schema if not exists platform');
    await tx.query(`create table if not exists platform.migration (
      slice text not null, name text not null, hash text not null, applied_at timestamptz not null default now(), primary key (slice, name))`);
    const applied = new Map(
      (
        await tx.query<{ slice: string; name: string; hash: string }>(
          'select slice, name, hash from platform.migration',
        )
      ).map((row) => [`${row.slice}/${row.name}`, row.hash]),
    );
    let count = 0;
    for (const migration of wanted) {
      const hash = applied.get(`${migration.slice}/${migration.name}`);
      if (hash === migration.hash) continue;
      if (hash !== undefined)
        throw new Error(
          `migration ${migration.slice}/${migration.name} was changed after it was applied; write a new one`,
        );
      await apply(tx, migration);
      count += 1;
    }
    await liftTx(tx);
    await tx.query(`select log.ensure_month(now() + make_interval(months => m)) from generate_series(0, 2) m`);
    return count;
  });
}

async function apply(tx: Tx, migration: Migration): Promise<void> {
  try {
    await tx.query(migration.sql);
  } catch (error) {
    throw new Error(
      `migration ${migration.slice}/${migration.name}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  await tx.query('insert into platform.migration (slice, name, hash) values ($1, $2, $3)', [
    migration.slice,
    migration.name,
    migration.hash,
  ]);
}

/**
 * A dump restored into another cluster brings rows whose transaction ids lie ahead of that cluster's own.
 * New rows would then sort before old ones and followers would pass them by, so the offset is lifted above the past.
 */
async function liftTx(tx: Tx): Promise<void> {
  const [row] = await tx.query<{ most: number; next: number; offset: number }>(
    `select greatest((select coalesce(max(tx), 0) from log.event), (select coalesce(max(tx), 0) from log.follower)) as most,
            pg_snapshot_xmax(pg_current_snapshot())::text::bigint + log.tx_offset() as next, log.tx_offset() as offset`,
  );
  if (row === undefined || row.most <= row.next) return;
  const offset = row.offset + (row.most - row.next) + 1_000_000;
  await tx.query(
    `create or replace function log.tx_offset() returns bigint language sql immutable parallel safe as 'select ${offset}::bigint'`,
  );
}

/** The same for ClickHouse, which knows no transactions: each file is split at `;` line ends and must be repeatable. */
export async function migrateClickhouse(clickhouse: ClickHouseClient, slices: readonly Slice[]): Promise<number> {
  await clickhouse.command({
    query: `create table if not exists ruslo_migration (slice String, name String, hash String, applied_at DateTime default now()) engine = MergeTree order by (slice, name)`,
  });
  const result = await clickhouse.query({
    query: 'select slice, name, hash from ruslo_migration',
    format: 'JSONEachRow',
  });
  const applied = new Map(
    (await result.json<{ slice: string; name: string; hash: string }>()).map((row) => [
      `${row.slice}/${row.name}`,
      row.hash,
    ]),
  );
  let count = 0;
  for (const migration of await loadMigrations(slices, 'clickhouse')) {
    const hash = applied.get(`${migration.slice}/${migration.name}`);
    if (hash === migration.hash) continue;
    if (hash !== undefined)
      throw new Error(
        `migration ${migration.slice}/${migration.name} was changed after it was applied; write a new one`,
      );
    for (const statement of migration.sql
      .split(/;\s*$/m)
      .map((part) => part.trim())
      .filter((part) => part !== '')) {
      await clickhouse.command({ query: statement });
    }
    await clickhouse.insert({
      table: 'ruslo_migration',
      values: [{ slice: migration.slice, name: migration.name, hash: migration.hash }],
      format: 'JSONEachRow',
    });
    count += 1;
  }
  return count;
}
