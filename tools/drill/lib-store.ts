import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openApp, openHouse, readConfig } from '@ruslo/platform';
import { signInOwner } from '@ruslo/staff/testing';
import { slices } from '../bench/lib-commerce-slices.ts';
import { fillWorld } from './lib-world.ts';
import type { Filled, Served } from './lib-world.ts';

/** What servers of other processes work on: a house of our own on their database, for filling and for counting. */

export const urlOf = async (data: string, store: 'postgres' | 'clickhouse'): Promise<string> =>
  (await readFile(join(data, `${store}.url`), 'utf8')).trim();

export async function openServed(postgresUrl: string): Promise<Served> {
  const house = openHouse({
    config: { ...readConfig({ port: '0' }, {}), logLevel: 'fatal' },
    slices,
    postgresUrl,
    clickhouseUrl: 'http://127.0.0.1:9',
  });
  const app = await openApp(house);
  const { close } = house;
  return Object.assign(house, {
    app,
    async close() {
      await app.close();
      await close();
    },
  });
}

export async function fillStore(house: Served): Promise<Filled> {
  return fillWorld(house, await signInOwner(house), house.clock.now());
}

export interface Reply {
  readonly status: number;
  // The shape of an answer is the drill's business: it reads what it asked for.
  // oxlint-disable-next-line typescript/no-explicit-any -- see above
  readonly body: any;
}

/** One request; status 0 when nobody answered. */
export async function ask(
  base: string,
  token: string,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object,
  key?: string,
): Promise<Reply> {
  try {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
  } catch {
    return { status: 0, body: {} };
  }
}
