import { resolve } from 'node:path';

export type ServerRole = 'api' | 'worker' | 'all';

/** Everything that may differ between installations. The environment is read here and nowhere else. */
export interface Config {
  /** Folder of the embedded stores, of secrets and of the lock file. */
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  readonly role: ServerRole;
  /** Another Postgres instead of the embedded one. */
  readonly postgresUrl: string | undefined;
  /** Another ClickHouse instead of the embedded one. */
  readonly clickhouseUrl: string | undefined;
  /** The address that people use, when a proxy stands before us; for links and cookies. */
  readonly publicUrl: string | undefined;
  /** How many proxies stand before us; each has appended one address to `X-Forwarded-For`, and what is before those is the client's own word. */
  readonly trustProxy: number;
  readonly logLevel: string;
  /** A card provider: the address of its API, and the secret of this shop there. Without it there are only cash and terminals. */
  readonly card: { readonly url: string; readonly secret: string } | undefined;
  /** The service of the cash registers. Without it receipts wait. */
  readonly cashRegister: { readonly url: string } | undefined;
  /** Connections of one process to Postgres. */
  readonly postgresConnections: number;
  /** The intake holds at most so many bytes of events that are not committed yet; beyond it answers 503. */
  readonly intakeQueueBytes: number;
  /** Events with a write key that nobody gave out: refuse the request with 401 instead of 200 (Segment answers 200). */
  readonly refuseUnknownKeys: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigFlags {
  readonly data?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly role?: string | undefined;
}

/** Reads flags, then the environment, then defaults. Throws a readable message when a value is not usable. */
export function readConfig(flags: ConfigFlags = {}, environment: Environment = process.env): Config {
  const port = whole('port', flags.port ?? environment['RUSLO_PORT'] ?? '3000', 0, 65_535);
  const role = flags.role ?? environment['RUSLO_ROLE'] ?? 'all';
  if (role !== 'api' && role !== 'worker' && role !== 'all')
    throw new Error(`--role: api, worker or all, not "${role}"`);
  return {
    dataFolder: resolve(flags.data ?? environment['RUSLO_DATA'] ?? 'data'),
    host: flags.host ?? environment['RUSLO_HOST'] ?? '127.0.0.1',
    port,
    role,
    postgresUrl: environment['RUSLO_POSTGRES_URL'] || undefined,
    clickhouseUrl: environment['RUSLO_CLICKHOUSE_URL'] || undefined,
    publicUrl: environment['RUSLO_PUBLIC_URL'] || undefined,
    trustProxy: whole('RUSLO_TRUST_PROXY', environment['RUSLO_TRUST_PROXY'] || '0', 0, 10),
    logLevel: environment['RUSLO_LOG_LEVEL'] ?? 'info',
    card: readCard(environment),
    cashRegister: environment['RUSLO_FISCAL_URL']
      ? { url: address('RUSLO_FISCAL_URL', environment['RUSLO_FISCAL_URL']) }
      : undefined,
    postgresConnections: whole('RUSLO_POSTGRES_CONNECTIONS', environment['RUSLO_POSTGRES_CONNECTIONS'] ?? '12', 4, 200),
    intakeQueueBytes:
      whole('RUSLO_INTAKE_QUEUE_MB', environment['RUSLO_INTAKE_QUEUE_MB'] ?? '32', 1, 4_096) * 1_048_576,
    refuseUnknownKeys: environment['RUSLO_REFUSE_UNKNOWN_KEYS'] === '1',
  };
}

/** A variable of the environment for tools and tests, so that they too read it through this file. */
export const environmentValue = (name: string): string | undefined => process.env[name];

function readCard(environment: Environment): Config['card'] {
  const url = environment['RUSLO_PAYMENT_URL'];
  const secret = environment['RUSLO_PAYMENT_SECRET'];
  if (!url && !secret) return undefined;
  if (!url || !secret) throw new Error('RUSLO_PAYMENT_URL and RUSLO_PAYMENT_SECRET: both or neither');
  return { url: address('RUSLO_PAYMENT_URL', url), secret };
}

function address(name: string, text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new Error(`${name}: an address such as https://example.com/api, not "${text}"`);
  return text.replace(/\/+$/, '');
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Error(`${name}: a whole number from ${least} to ${most}, not "${text}"`);
  }
  return value;
}
