import type { House, Query, Slice, Tx } from '@ruslo/platform';
import { clawBack, earn } from '@ruslo/wallet';
import type { ClawBack } from '@ruslo/wallet';
import type { PointsAsk, PointsQuote, Programme, SettingsInput } from './contract.ts';
import { settingsSchema } from './contract.ts';
import { lifeOf, quote, tierAt } from './rules.ts';
import { joinFollower, tierDuty } from './reactions.ts';
import { programmeRoutes, statementRoutes } from './routes.ts';
import {
  exportMoney,
  forgetCustomers,
  insertProgramme,
  insertQualifications,
  readProgramme,
  readStanding,
  readStandingAndPurse,
  readStandings,
  reverseQualification,
} from './store.ts';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

export type { LoyaltyLine, PointsAsk, PointsQuote, Programme, Settings, SettingsInput } from './contract.ts';

/**
 * What points can do for this basket; the same in preview and at placement.
 * @param lockIn the transaction that is about to hold what is spent: it locks the points while it reads them
 */
export async function quotePoints(_house: House, query: Query, ask: PointsAsk, lockIn?: Tx): Promise<PointsQuote> {
  const { programme, rows, purse } = await readStandingAndPurse(query, ask.customerIds, ask.at, lockIn);
  return quote(programme, tierAt(programme, rows, ask.at.getTime()), purse, ask);
}

/** Tier of a person, for conditions of offers. */
export async function tierOf(query: Query, customerIds: readonly string[], at: Date): Promise<string | null> {
  const { programme, rows } = await readStanding(query, customerIds, at);
  return tierAt(programme, rows, at.getTime())?.code ?? null;
}

/** The order is certain: its points become pending until the return window closes. Once per order. */
export async function award(
  tx: Tx,
  from: {
    readonly orderId: string;
    readonly customerId: string;
    readonly points: number;
    /** Money of the order that counts for the tier. */
    readonly qualifyingMinor: number;
    /** What people call the order; her statement says it. */
    readonly number?: string;
    readonly now: Date;
  },
): Promise<void> {
  const { settings } = await insertQualifications(tx, [{ ...from, amountMinor: from.qualifyingMinor, at: from.now }]);
  await earn(tx, [
    {
      customerId: from.customerId,
      kind: 'points',
      amount: from.points,
      ...lifeOf(settings, from.now),
      ref: from.orderId,
      reason: 'earned',
      key: `award:${from.orderId}`,
      now: from.now,
    },
  ]);
}

/** Money of many orders for the tier at once, without points: imports and the demo. Once per order. */
export async function qualify(
  tx: Tx,
  rows: readonly {
    readonly orderId: string;
    readonly customerId: string;
    readonly qualifyingMinor: number;
    readonly number?: string;
    readonly at: Date;
  }[],
): Promise<void> {
  if (rows.length > 0)
    await insertQualifications(
      tx,
      rows.map((row) => ({ ...row, amountMinor: row.qualifyingMinor })),
    );
}

/** Units came back: takes their points back and lowers what counts for the tier. Once per key. */
export async function reverse(
  tx: Tx,
  from: {
    readonly orderId: string;
    readonly customerId: string;
    readonly customerIds: readonly string[];
    readonly points: number;
    readonly qualifyingMinor: number;
    readonly key: string;
    readonly now: Date;
    /** The programme's when absent. */
    readonly policy?: Programme['clawBack'];
  },
): Promise<ClawBack> {
  const { settings } = await readProgramme(tx);
  const { orderId, customerId, customerIds, key, now } = from;
  const back = await clawBack(tx, {
    customerIds,
    customerId,
    ref: orderId,
    amount: from.points,
    policy: from.policy ?? settings.clawBack,
    key,
    now,
  });
  await reverseQualification(tx, { orderId, amountMinor: from.qualifyingMinor, key, now });
  return back;
}

/** What settings of the programme callers need. Which version holds is read each time; versions are remembered. */
export async function programme(query: Query): Promise<Programme> {
  const { pointMinor, returnDays, graceDays, clawBack: policy, timeZone } = (await readProgramme(query)).settings;
  return { pointMinor, returnDays, graceDays, clawBack: policy, timeZone };
}

/** Makes a new version of the programme, which holds from now on. Throws when the settings are not valid. */
export async function saveProgramme(tx: Tx, settings: SettingsInput, by: string, now: Date): Promise<number> {
  return insertProgramme(tx, settingsSchema.parse(settings), by, now);
}

/** The programme: how points are earned, kept and spent, and what a tier is. */
export const loyalty: Slice = {
  name: 'loyalty',
  migrations: new URL('./migrations/', import.meta.url),
  words: { ru, en },
  permissions: {
    'loyalty.read': ['marketer', 'agent', 'associate', 'cashier', 'analyst', 'integrator'],
    'loyalty.manage': ['marketer'],
  },
  routes(app, house) {
    programmeRoutes(app, house);
    statementRoutes(app, house);
  },
  followers: () => [joinFollower],
  duties: (house) => [tierDuty(house)],
  erase: forgetCustomers,
  async export(tx, customerIds) {
    return { qualifying: await exportMoney(tx, customerIds), tiers: await readStandings(tx, customerIds) };
  },
};
