import { roles } from '@ruslo/kernel';
import { z } from 'zod';

export const role = z.enum(roles);
const moment = z.iso.datetime();
const email = z.string().trim().toLowerCase().max(254).pipe(z.email());
const name = z.string().trim().min(1).max(120);
const password = z.string().max(200);
const token = z.string().min(20).max(100);

/** IANA zone that this runtime knows. */
const timeZone = z
  .string()
  .max(64)
  .refine((zone) => {
    try {
      return Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
    } catch {
      return false;
    }
  }, 'unknown time zone');

export const signInBody = z.object({ email, password });
export const signInAnswer = z.object({ state: z.enum(['signed-in', 'totp-required']) });
/** Six digits of the device, or a recovery code such as `k7qd-2m5x-…`. */
export const codeBody = z.object({ code: z.string().trim().min(6).max(40) });
export const linkBody = z.object({ token });

export const profile = z.object({
  name,
  locale: z.enum(['ru', 'en']),
  theme: z.enum(['auto', 'light', 'dark']),
  timeZone,
});
/** The e-mail is the name to sign in with; the owner whom the first start made has a stand-in for it. */
export const profileBody = profile
  .extend({
    email,
    /** The current one; asked for with `email` from whoever has one, so that a session left open gives nobody the account. */
    password,
  })
  .partial();

export const sessionAnswer = z.object({
  staff: profile.extend({
    id: z.uuid(),
    email: z.string(),
    roles: z.array(role),
    totp: z.boolean(),
    /** False for somebody invited who has not set one yet: ask for it. */
    password: z.boolean(),
  }),
  permissions: z.array(z.string()),
});

export const passwordBody = z.object({ current: password.optional(), next: password });
export const totpSetupAnswer = z.object({ secret: z.string(), uri: z.string() });
export const totpConfirmAnswer = z.object({ recoveryCodes: z.array(z.string()) });

export const sessionItem = z.object({
  id: z.uuid(),
  staffId: z.uuid(),
  createdAt: moment,
  seenAt: moment,
  ip: z.string(),
  agent: z.string(),
  current: z.boolean(),
});
export const sessionsQuery = z.object({ staffId: z.uuid().optional() });

export const memberItem = z.object({
  id: z.uuid(),
  name: z.string(),
  email: z.string(),
  roles: z.array(role),
  blocked: z.boolean(),
  totp: z.boolean(),
  password: z.boolean(),
  signedInAt: moment.nullable(),
  createdAt: moment,
});
const roleSet = z
  .array(role)
  .min(1)
  .max(roles.length)
  .transform((list) => [...new Set(list)]);
export const inviteBody = z.object({ name, email, roles: roleSet });
export const inviteAnswer = z.object({ id: z.uuid(), link: z.string() });
export const memberBody = z.object({ name, roles: roleSet, blocked: z.boolean() }).partial();
/** `resetTotp` takes the second factor off as well: for somebody who lost the device and the recovery codes. */
export const linkRequest = z.object({ resetTotp: z.boolean().optional() }).nullish();
export const linkAnswer = z.object({ link: z.string() });

export const roleItem = z.object({ role, permissions: z.array(z.string()) });

export const keyItem = z.object({
  id: z.uuid(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.string()),
  createdBy: z.object({ id: z.uuid(), name: z.string() }),
  createdAt: moment,
  lastUsedAt: moment.nullable(),
  revokedAt: moment.nullable(),
});
export const keyBody = z.object({ name, scopes: z.array(z.string().max(60)).min(1).max(60) });
export const keyAnswer = z.object({ id: z.uuid(), secret: z.string() });

export const auditQuery = z.object({
  /** One id, or all ids of a person with commas between: lines keep the id that was asked for. */
  customerId: z
    .string()
    .max(4_000)
    .transform((text) => text.split(','))
    .pipe(z.array(z.uuid()).max(100))
    .optional(),
  staffId: z.uuid().optional(),
  action: z.string().max(60).optional(),
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
const named = z.object({ id: z.uuid(), name: z.string() }).nullable();
export const auditItem = z.object({
  id: z.uuid(),
  at: moment,
  staff: named,
  key: named,
  action: z.string(),
  customerId: z.uuid().nullable(),
  detail: z.record(z.string(), z.unknown()),
  ip: z.string(),
});

export const idParams = z.object({ id: z.uuid() });
export const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/** Every code that this slice refuses with, and its HTTP status. */
export const problems = {
  'staff.wrong-credentials': 401,
  'staff.wrong-code': 401,
  'staff.wrong-password': 422,
  'staff.password-needed': 422,
  'staff.link-spent': 410,
  'staff.too-many-guesses': 429,
  'staff.busy': 503,
  'staff.cross-site': 403,
  'staff.weak-password': 422,
  'staff.totp-on': 409,
  'staff.totp-off': 409,
  'staff.not-found': 404,
  'staff.email-taken': 409,
  'staff.last-owner': 409,
  'staff.beyond-own-rights': 403,
  'staff.unknown-scope': 422,
  'staff.person-only': 403,
  'staff.audit-waits': 503,
} as const;
export type ProblemCode = keyof typeof problems;
