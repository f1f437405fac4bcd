import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { openDb } from './db.ts';
import { testPostgresUrl } from './testing.ts';

it('gives no more connections than it may, in turn, and keeps one whose statement was refused', async () => {
  const db = openDb({ url: testPostgresUrl(), max: 2 });
  const pid = async (): Promise<unknown> =>
    (await db.query('select pg_backend_pid() as pid, pg_sleep(0.02), $1::int', [1]))[0]?.['pid'];
  const pids = new Set(await Promise.all(Array.from({ length: 12 }, pid)));
  expect(pids.size).toBe(2);
  await expect(db.query('select 1 / $1::int', [0])).rejects.toMatchObject({ code: '22012' });
  await expect(db.query('select pg_terminate_backend(pg_backend_pid()), $1::int', [1])).rejects.toThrow();
  expect(await db.query('select $1::int as n', [1], 'pool.again')).toEqual([{ n: 1 }]);
  expect(pids.has(await pid())).toBe(true);
  expect(db.pool.totalCount).toBeLessThanOrEqual(2);
  await db.close();
  await expect(db.query('select 1')).rejects.toThrow('after calling end');
});

it('sees a transaction through: its end is written with the last rows, and a named statement that failed at first works later', async () => {
  const db = openDb({ url: testPostgresUrl(), max: 1 });
  await db.query('create table if not exists public.pooled (n int primary key)');
  await db.query('insert into public.pooled values (1) on conflict do nothing');
  const insert = (n: number): Promise<unknown> =>
    db.tx((tx) => tx.query('insert into public.pooled values ($1)', [n], 'pool.insert'));
  await expect(insert(1)).rejects.toMatchObject({ code: '23505' });
  await insert(2);
  await insert(3);
  await expect(db.tx((tx) => tx.query('select nothing from $1', [1], 'pool.wrong'))).rejects.toThrow();
  expect(await db.tx(() => Promise.resolve(7))).toBe(7);
  expect(await db.query('select n from public.pooled order by n', [], 'pool.all')).toEqual([
    { n: 1 },
    { n: 2 },
    { n: 3 },
  ]);
  await db.query('drop table public.pooled');
  await db.close();
});

it('lets a process go when nothing is asked, and not before its end was awaited', async () => {
  const script = `const { openDb } = await import(${JSON.stringify(new URL('./db.ts', import.meta.url).href)});
    const db = openDb({ url: ${JSON.stringify(testPostgresUrl())}, max: 2 });
    await db.query('select 1'); if (process.argv[1] === 'end') { await db.close(); console.log('ended'); }`;
  for (const [word, printed] of [
    ['end', 'ended\n'],
    ['go', ''],
  ] as const) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, word], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(output).toBe(printed);
  }
});
