import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { ClickHouseClient } from '@clickhouse/client';
import { pino } from 'pino';
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { openDb } from './db.ts';
import { runDuties } from './duty.ts';
import type { Duties } from './duty.ts';
import { runFollowers } from './follow.ts';
import type { Followers } from './follow.ts';
import { openLive } from './live.ts';
import { openNotice } from './notice.ts';
import type { Notice } from './notice.ts';
import type { House, Slice } from './slice.ts';
import { gatherWords } from './words.ts';
import platformEn from './words.en.json' with { type: 'json' };
import platformRu from './words.ru.json' with { type: 'json' };

export interface OpenHouse extends House {
  readonly notice: Notice;
  /** Begins to lead or stand by for the followers of all slices, and to do their duties. */
  follow(): Followers;
  /** Ends followers, live tail and connections. */
  close(): Promise<void>;
}

export interface HouseOptions {
  readonly config: Config;
  readonly slices: readonly Slice[];
  readonly postgresUrl: string;
  readonly clickhouseUrl: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** Connects the stores and gathers the slices. The stores must run; migrations are the caller's. */
export function openHouse(options: HouseOptions): OpenHouse {
  const { config, slices } = options;
  const logger =
    options.logger ?? pino({ level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const db = openDb({
    url: options.postgresUrl,
    max: config.postgresConnections,
    onError: (error) => logger.warn({ fault: error.message }, 'idle connection lost'),
  });
  const clickhouse: ClickHouseClient = createClient({
    url: options.clickhouseUrl,
    compression: { request: false, response: false },
    request_timeout: 60_000,
    // The client would print failed queries with their parameters, which may be persons; whoever asked logs the fault.
    log: { level: ClickHouseLogLevel.OFF },
  });
  const notice = openNotice(options.postgresUrl, logger);
  const live = openLive(db, notice, logger);
  const words = gatherWords([
    { ru: platformRu, en: platformEn },
    ...slices.flatMap((slice) => (slice.words === undefined ? [] : [slice.words])),
  ]);
  let followers: Followers | undefined;
  let duties: Duties | undefined;
  const house: OpenHouse = {
    config,
    clock: options.clock ?? systemClock,
    db,
    clickhouse,
    live,
    logger,
    words,
    slices,
    notice,
    follow() {
      followers ??= runFollowers(
        db,
        notice,
        slices.flatMap((slice) => [...(slice.followers?.(house) ?? [])]),
        logger,
      );
      duties ??= runDuties(
        slices.flatMap((slice) => [...(slice.duties?.(house) ?? [])]),
        house.clock,
        logger,
      );
      return followers;
    },
    async close() {
      for (const slice of slices) await slice.close?.(house);
      await duties?.close();
      await followers?.close();
      live.close();
      await notice.close();
      await clickhouse.close();
      await db.close();
    },
  };
  return house;
}
