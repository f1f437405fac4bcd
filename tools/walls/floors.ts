/**
 * The floors of the house, from the ground up; names are folder names of workspaces.
 * A workspace may depend only on those on lower floors. A new slice gets its name into one of these lines.
 */
export const floors: readonly (readonly string[])[] = [
  ['kernel'],
  ['platform', 'ui'],
  ['identity', 'staff'],
  ['timeline', 'place', 'catalog'],
  ['stock', 'offer', 'wallet', 'payment', 'receipt'],
  ['loyalty'],
  ['cart'],
  ['order'],
  ['insight'],
  ['card', 'cash-register'],
  ['server', 'cli', 'console', 'lab-payment', 'lab-fiscal'],
];

export const floorOf = (name: string): number => floors.findIndex((floor) => floor.includes(name));

/** Schemas that have no workspace of their own name: whose they are, and who else may name which table, and why. */
export const foreignTables: readonly { readonly unit: string; readonly table: string; readonly why: string }[] = [
  { unit: 'platform', table: 'log.*', why: 'the log and its followers are the platform’s own' },
  { unit: 'timeline', table: 'log.event', why: 'a timeline is a reading of the log by customer' },
  { unit: 'insight', table: 'log.event', why: 'the copy for analytics is checked against the log' },
];

/** The only places where the environment is read, and why. */
export const environmentReaders: Readonly<Record<string, string>> = {
  'packages/platform/config.ts': 'the one file that reads configuration',
  'packages/platform/testing-postgres.ts': 'tells the test processes where their Postgres is; never part of the server',
  'tools/setup.mjs': 'asks npm for its own path, before anything is installed',
  'apps/console/vite.config.ts': 'where a developer’s proxy points; never part of the server',
};
