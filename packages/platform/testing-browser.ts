import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { environmentValue } from './config.ts';
import { openDb } from './db.ts';
import { testPostgresUrl } from './testing.ts';

/** Browser tests: the real server on a database of its own, and a Chromium to look at it with. */

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The system's Chromium where there is one; else the one inside an npm package, which unpacks in about 2 s. */
export async function openBrowser(): Promise<Browser> {
  const installed = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
    existsSync(path),
  );
  if (installed !== undefined) return chromium.launch({ executablePath: installed, args: flags });
  const packed = (await import('@sparticuz/chromium')).default;
  return chromium.launch({
    executablePath: await packed.executablePath(),
    args: [...new Set([...packed.args, ...flags])],
  });
}

export interface TestServer {
  readonly url: string;
  /** Signs the first owner in, once. */
  readonly link: string;
  /** What it has written so far. */
  output(): string;
  stop(): Promise<void>;
}

/** The whole program as `npm start` runs it, without the demo brand. Analytics is left away: the console works without. */
export async function startTestServer(): Promise<TestServer> {
  const name = `test_browser_${randomBytes(6).toString('hex')}`;
  const admin = openDb({ url: testPostgresUrl(), max: 1 });
  await admin.query(`create database ${name}`);
  await admin.close();
  const postgresUrl = new URL(testPostgresUrl());
  postgresUrl.pathname = `/${name}`;
  const dataFolder = mkdtempSync(join(tmpdir(), 'ruslo-browser-'));
  const port = await freePort();
  const program = fileURLToPath(new URL('../../apps/server/main.ts', import.meta.url));
  const child = spawn(process.execPath, [program, '--empty', '--data', dataFolder, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: environmentValue('PATH'),
      RUSLO_POSTGRES_URL: postgresUrl.toString(),
      RUSLO_CLICKHOUSE_URL: 'http://127.0.0.1:9',
      RUSLO_LOG_LEVEL: 'warn',
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await exit;
      clearTimeout(timer);
    }
    rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
  };
  const startedAt = performance.now();
  while (!output.includes('Ready in')) {
    // The console may have to be built first.
    if (child.exitCode !== null || performance.now() - startedAt > 100_000) {
      await stop();
      throw new Error(`the server did not start:\n${output.slice(-4_000)}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  return {
    url: `http://127.0.0.1:${port}`,
    link: /Sign in\s+(\S+)/.exec(output)?.[1] ?? '',
    output: () => output,
    stop,
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors of scripts and of the console, and violations of the content security policy. Should stay empty. */
  readonly faults: string[];
}

/** A page that remembers whatever went wrong in it. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    locale: 'ru-RU',
    timezoneId: 'Europe/Moscow',
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
  page.on('console', (message) => {
    // A browser also writes each refused request into its console; refusals are the pages' own business.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(`console: ${message.text()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 500) faults.push(`answer: ${response.status()} ${response.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  return { page, faults };
}

/** Signs the page in by the server's link and leaves the first-password page for later. */
export async function signIn(page: Page, server: TestServer): Promise<void> {
  await page.goto(server.link);
  await page.getByRole('button', { name: /Позже|Later/ }).click();
  await page.waitForURL(/\/customers/);
}

/** A call to the API as the signed-in member of staff of this page. */
export async function call<T>(
  page: Page,
  server: TestServer,
  method: string,
  path: string,
  data?: unknown,
): Promise<T> {
  const response = await page.request.fetch(`${server.url}${path}`, {
    method,
    headers: { 'x-ruslo': '1' },
    ...(data === undefined ? {} : { data }),
  });
  if (!response.ok()) throw new Error(`${method} ${path}: ${response.status()} ${await response.text()}`);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** Sends events as a source does. */
export async function send(
  server: TestServer,
  writeKey: string,
  batch: readonly Record<string, unknown>[],
): Promise<void> {
  const response = await fetch(`${server.url}/v1/batch`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
    },
    body: JSON.stringify({ batch }),
  });
  const answer = (await response.json()) as { rejected?: unknown[] };
  if (!response.ok) throw new Error(`batch: ${response.status} ${JSON.stringify(answer)}`);
}
