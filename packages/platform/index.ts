export { systemClock } from './clock.ts';
export type { Clock } from './clock.ts';
export { command, forgetAnswers } from './command.ts';
export { environmentValue, readConfig } from './config.ts';
export type { Config, ConfigFlags, ServerRole } from './config.ts';
export { openDb, sqlState } from './db.ts';
export type { Db, Query, Tx } from './db.ts';
export { runDuty } from './duty.ts';
export type { Followers, FollowerState } from './follow.ts';
export { problemSchema } from './document.ts';
export { openHouse } from './house.ts';
export type { HouseOptions, OpenHouse } from './house.ts';
export {
  answer,
  gatherPermissions,
  isOutage,
  noteAudit,
  openApp,
  recognise,
  sendProblem,
  whose,
  whoseParams,
} from './http.ts';
export { newId } from './id.ts';
export { signal } from './live.ts';
export type { Live, Signal } from './live.ts';
export {
  append,
  appendIn,
  appendInValues,
  claimMessages,
  eventColumns,
  eventKinds,
  fact,
  firstId,
  formatPosition,
  frontier,
  lastId,
  monthReady,
  parsePosition,
  read,
  ringLog,
} from './log.ts';
export type { EventKind, LogEvent, NewEvent, NewFact, Position } from './log.ts';
export { migrate, migrateClickhouse } from './migrate.ts';
export type { App, AuditEntry, Caller, Duty, Follower, Health, House, Slice } from './slice.ts';
export { chooseLocale } from './words.ts';
export type { Locale, Words } from './words.ts';
