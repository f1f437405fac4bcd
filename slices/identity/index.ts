import type { Query, Slice } from '@ruslo/platform';
import { erase } from './merge.ts';
import { followers } from './reactions.ts';
import { customerRoutes } from './routes.ts';
import { sessionRoutes } from './routes-session.ts';
import { settingRoutes } from './routes-setting.ts';
import { forgetSessions, recogniseCustomer } from './session.ts';
import { exportCustomers } from './store-change.ts';
import { joinsOf } from './store-merge.ts';
import type { Join } from './store-merge.ts';
import { headsById } from './store.ts';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

export { addCustomers, declareAttributes, joinCustomers, readCustomers, settleCustomers, suggest } from './bulk.ts';
export type { AddedCustomer, AddedIdentifier, AddedJoin, AddedSuggestion, BulkCustomer } from './bulk.ts';
export { findHolder } from './find.ts';
export { joinAt, prepare as prepareRecord, score, suggestAt } from './linkage.ts';
export type { LinkageRecord, Model, Prepared } from './linkage.ts';
export { candidatePairs } from './linkage-cluster.ts';
export { clustersOf, linkAll } from './linkage-rounds.ts';
export { train } from './linkage-train.ts';
export { toLatin } from './name.ts';
export { cardFrom, checkDigit, isKind, normalise } from './normalise.ts';
export { membersOf, personFrom, personIn, personOf } from './person.ts';
export type { Person } from './person.ts';
export { members, resolve } from './resolve.ts';
export type { Sighting } from './rules.ts';
export { mayTouch, openVisitor, signIn } from './session.ts';
export type { OpenedSession } from './session.ts';
export type { Join } from './store-merge.ts';

/** Merges that stand in this person, oldest first: who, why, and the evidence. Any id of the person will do. */
export const joins = (query: Query, customerId: string): Promise<Join[]> => joinsOf(query, customerId, 1_000);

/** The head of each customer id; ids that do not exist are left out. */
export const headsOf = (query: Query, ids: readonly string[]): Promise<Map<string, string>> => headsById(query, ids);

/** Who is who. */
export const identity: Slice = {
  name: 'identity',
  migrations: new URL('./migrations/', import.meta.url),
  words: { ru, en },
  permissions: {
    'customer.read': ['marketer', 'agent', 'associate', 'cashier', 'pickup', 'dpo', 'integrator'],
    'customer.write': ['agent', 'associate', 'dpo', 'integrator'],
    'customer.session': ['integrator'],
    'customer.merge': ['agent', 'dpo'],
    'attribute.manage': ['marketer', 'integrator'],
  },
  routes(app, house) {
    customerRoutes(app, house);
    settingRoutes(app, house);
    sessionRoutes(app, house);
  },
  authenticate: (house, request) => recogniseCustomer(house, request.headers.authorization),
  duties: (house) => [forgetSessions(house)],
  followers,
  erase,
  export: exportCustomers,
};
