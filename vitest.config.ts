import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// The kind of a test is its suffix: what it needs, and how long it may take, follow from it.
const skipped = ['**/node_modules/**', '**/dist/**', '**/data/**'];
const suffixes = ['pg', 'ch', 'browser'] as const;
// Of what must come true soon, soon: vitest's own second is too short on two busy cores.
const expectSoon = { poll: { timeout: 15_000 } };

export default defineConfig({
  test: {
    // Two at least: a test on Postgres mostly waits (on 2 cores 110 s instead of 170 s).
    maxWorkers: Math.max(2, availableParallelism()),
    projects: [
      {
        test: {
          name: 'pure',
          include: ['**/*.test.{ts,tsx}'],
          exclude: [...skipped, ...suffixes.map((suffix) => `**/*.${suffix}.test.{ts,tsx}`)],
          expect: expectSoon,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'pg',
          include: ['**/*.pg.test.ts'],
          exclude: skipped,
          globalSetup: ['./packages/platform/testing-postgres.ts'],
          expect: expectSoon,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'ch',
          include: ['**/*.ch.test.ts'],
          exclude: skipped,
          globalSetup: ['./packages/platform/testing-postgres.ts'],
          expect: expectSoon,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['**/*.browser.test.ts'],
          exclude: skipped,
          globalSetup: ['./packages/platform/testing-postgres.ts'],
          expect: expectSoon,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // One page at a time, and after the others: what people wait for is measured in seconds there.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
