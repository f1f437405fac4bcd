export { channels, isChannel } from './channel.ts';
export type { Channel } from './channel.ts';
export { isUuid, uuidV7 } from './id.ts';
export { minorFromDecimal, mostMinor, mulDiv, share, spread } from './money.ts';
export type { Money, Rounding } from './money.ts';
export { ok, refuse } from './result.ts';
export type { Refusal, Result } from './result.ts';
export { roles } from './role.ts';
export type { Role } from './role.ts';
