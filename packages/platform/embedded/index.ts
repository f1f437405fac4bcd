export { startClickhouse } from './clickhouse.ts';
export type { EmbeddedClickhouse, StartClickhouseOptions } from './clickhouse.ts';
export { FolderInUse, lockFolder } from './lock.ts';
export { pingPostgres, runningPostgresUrl, startPostgres } from './postgres.ts';
export type { EmbeddedPostgres, StartPostgresOptions } from './postgres.ts';
