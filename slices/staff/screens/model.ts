import type { z } from 'zod';
import type * as contract from '../contract.ts';

/** The shapes that these screens read, from the contract of the slice. */
export type Member = z.infer<typeof contract.memberItem>;
export type RoleItem = z.infer<typeof contract.roleItem>;
export type SessionItem = z.infer<typeof contract.sessionItem>;
export type Key = z.infer<typeof contract.keyItem>;
export type Audit = z.infer<typeof contract.auditItem>;
export type { Role } from '@ruslo/kernel';
