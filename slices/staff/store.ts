import type { Query } from '@ruslo/platform';
import type { Guess } from './rules.ts';

/** All SQL of the slice. Only tables of schema `staff`. */

export interface MemberRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly roles: string[];
  readonly password_hash: string | null;
  readonly locale: 'ru' | 'en';
  readonly theme: 'auto' | 'light' | 'dark';
  readonly time_zone: string;
  readonly totp_secret: string | null;
  readonly totp_at: Date | null;
  readonly totp_step: number;
  readonly blocked_at: Date | null;
  readonly signed_in_at: Date | null;
  readonly created_at: Date;
}

export interface SessionRow {
  readonly id: string;
  readonly member_id: string;
  readonly how: 'password' | 'link';
  readonly waits_totp: boolean;
  readonly created_at: Date;
  readonly seen_at: Date;
  readonly ip: string;
  readonly agent: string;
}

export type SessionAndMember = SessionRow & Pick<MemberRow, 'name' | 'email' | 'roles' | 'locale' | 'blocked_at'>;

export interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: string[];
  readonly created_by: string;
  readonly created_by_name: string;
  readonly created_at: Date;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

const one = <Row>(rows: Row[]): Row | undefined => rows[0];

export const findMember = async (on: Query, id: string): Promise<MemberRow | undefined> =>
  one(await on.query<MemberRow>('select * from staff.member where id = $1', [id]));

export const findMemberByEmail = async (on: Query, email: string): Promise<MemberRow | undefined> =>
  one(await on.query<MemberRow>('select * from staff.member where email = $1', [email]));

export const listMembers = (on: Query): Promise<MemberRow[]> =>
  on.query<MemberRow>('select * from staff.member order by name, id limit 1000');

/** The longest-standing unblocked owner, for the sign-in link that the start prints. */
export const findFirstOwner = async (on: Query): Promise<MemberRow | undefined> =>
  one(
    await on.query<MemberRow>(
      `select * from staff.member where 'owner' = any(roles) and blocked_at is null order by created_at, id limit 1`,
    ),
  );

/** False when the address is taken. */
export async function insertMember(
  on: Query,
  row: { id: string; name: string; email: string; roles: readonly string[]; now: Date; locale: string },
): Promise<boolean> {
  const rows = await on.query(
    `insert into staff.member (id, name, email, roles, locale, created_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (email) do nothing returning id`,
    [row.id, row.name, row.email, row.roles, row.locale, row.now],
  );
  return rows.length === 1;
}

/** False when the address is taken by somebody else. */
export const setEmail = async (on: Query, id: string, email: string): Promise<boolean> =>
  (
    await on.query(
      `update staff.member set email = $2 where id = $1
       and not exists (select 1 from staff.member where email = $2 and id <> $1) returning id`,
      [id, email],
    )
  ).length === 1;

/** Changes the given fields only. */
export async function updateMember(
  on: Query,
  id: string,
  change: {
    readonly name?: string | undefined;
    readonly roles?: readonly string[] | undefined;
    readonly locale?: string | undefined;
    readonly theme?: string | undefined;
    readonly timeZone?: string | undefined;
    readonly blockedAt?: Date | null | undefined;
  },
): Promise<void> {
  await on.query(
    `update staff.member set name = coalesce($2, name), roles = coalesce($3, roles), locale = coalesce($4, locale),
       theme = coalesce($5, theme), time_zone = coalesce($6, time_zone),
       blocked_at = case when $7 then $8::timestamptz else blocked_at end
     where id = $1`,
    [
      id,
      change.name ?? null,
      change.roles ?? null,
      change.locale ?? null,
      change.theme ?? null,
      change.timeZone ?? null,
      change.blockedAt !== undefined,
      change.blockedAt ?? null,
    ],
  );
}

/** Takes the one lock under which owners are counted, so that two who remove each other come one after the other. */
export const lockOwners = async (on: Query): Promise<void> => {
  await on.query(`select pg_advisory_xact_lock(hashtext('staff.owner'))`);
};

/** Unblocked owners other than `id` who have come in at least once. */
export const countOtherOwners = async (on: Query, id: string): Promise<number> =>
  (
    await on.query<{ count: number }>(
      `select count(*)::int as count from staff.member
      where id <> $1 and 'owner' = any(roles) and blocked_at is null and signed_in_at is not null`,
      [id],
    )
  )[0]?.count ?? 0;

export const setPassword = async (on: Query, id: string, hash: string): Promise<void> => {
  await on.query('update staff.member set password_hash = $2 where id = $1', [id, hash]);
};

export const markSignedIn = async (on: Query, id: string, now: Date): Promise<void> => {
  await on.query('update staff.member set signed_in_at = $2 where id = $1', [id, now]);
};

/** Sets or clears the secret that waits for its first code; refuses to touch one in force. */
export const proposeTotp = async (on: Query, id: string, secret: string): Promise<boolean> =>
  (
    await on.query(
      'update staff.member set totp_secret = $2, totp_step = 0 where id = $1 and totp_at is null returning id',
      [id, secret],
    )
  ).length === 1;

export const confirmTotp = async (on: Query, id: string, secret: string, step: number, now: Date): Promise<boolean> =>
  (
    await on.query(
      `update staff.member set totp_at = $4, totp_step = $3 where id = $1 and totp_at is null and totp_secret = $2 returning id`,
      [id, secret, step, now],
    )
  ).length === 1;

/** A code counts once: true for the first of any number that come with the same step at the same time. */
export const spendTotpStep = async (on: Query, id: string, step: number): Promise<boolean> =>
  (await on.query('update staff.member set totp_step = $2 where id = $1 and totp_step < $2 returning id', [id, step]))
    .length === 1;

export async function clearTotp(on: Query, id: string): Promise<boolean> {
  await on.query('delete from staff.recovery_code where member_id = $1', [id]);
  return (
    (
      await on.query(
        `update staff.member m set totp_secret = null, totp_at = null, totp_step = 0
       from (select id, totp_at from staff.member where id = $1 for update) before
      where m.id = before.id and before.totp_at is not null returning m.id`,
        [id],
      )
    ).length === 1
  );
}

export async function replaceRecoveryCodes(on: Query, memberId: string, hashes: readonly Buffer[]): Promise<void> {
  await on.query('delete from staff.recovery_code where member_id = $1', [memberId]);
  await on.query('insert into staff.recovery_code (member_id, code_hash) select $1, unnest($2::bytea[])', [
    memberId,
    hashes,
  ]);
}

export const spendRecoveryCode = async (on: Query, memberId: string, hash: Buffer): Promise<boolean> =>
  (
    await on.query('delete from staff.recovery_code where member_id = $1 and code_hash = $2 returning 1', [
      memberId,
      hash,
    ])
  ).length === 1;

export const insertSession = async (
  on: Query,
  row: {
    id: string;
    memberId: string;
    tokenHash: Buffer;
    how: 'password' | 'link';
    waitsTotp: boolean;
    now: Date;
    ip: string;
    agent: string;
  },
): Promise<void> => {
  await on.query(
    `insert into staff.session (id, member_id, token_hash, how, waits_totp, created_at, seen_at, ip, agent)
     values ($1, $2, $3, $4, $5, $6, $6, $7, $8)`,
    [row.id, row.memberId, row.tokenHash, row.how, row.waitsTotp, row.now, row.ip, row.agent],
  );
};

/** Runs on every request of a signed-in person: prepared, one index probe and one by primary key. */
export const findSession = async (on: Query, tokenHash: Buffer): Promise<SessionAndMember | undefined> =>
  one(
    await on.query<SessionAndMember>(
      `select s.id, s.member_id, s.how, s.waits_totp, s.created_at, s.seen_at, s.ip, s.agent,
            m.name, m.email, m.roles, m.locale, m.blocked_at
       from staff.session s join staff.member m on m.id = s.member_id where s.token_hash = $1`,
      [tokenHash],
      'staff-session',
    ),
  );

export const touchSession = async (on: Query, id: string, now: Date): Promise<void> => {
  await on.query('update staff.session set seen_at = greatest(seen_at, $2) where id = $1', [id, now]);
};

export const listSessions = (on: Query, memberId: string): Promise<SessionRow[]> =>
  on.query<SessionRow>(
    `select id, member_id, how, waits_totp, created_at, seen_at, ip, agent from staff.session
      where member_id = $1 and not waits_totp order by seen_at desc, id limit 200`,
    [memberId],
  );

export const findSessionById = async (on: Query, id: string): Promise<{ readonly member_id: string } | undefined> =>
  one(await on.query<{ member_id: string }>('select member_id from staff.session where id = $1', [id]));

export const deleteSession = async (on: Query, id: string): Promise<boolean> =>
  (await on.query('delete from staff.session where id = $1 returning id', [id])).length === 1;

export const deleteSessionsOf = async (on: Query, memberId: string, except?: string): Promise<void> => {
  await on.query('delete from staff.session where member_id = $1 and id is distinct from $2', [
    memberId,
    except ?? null,
  ]);
};

export const insertLink = async (on: Query, tokenHash: Buffer, memberId: string, expiresAt: Date): Promise<void> => {
  await on.query('insert into staff.link (token_hash, member_id, expires_at) values ($1, $2, $3)', [
    tokenHash,
    memberId,
    expiresAt,
  ]);
};

export const deleteLinksOf = async (on: Query, memberId: string): Promise<void> => {
  await on.query('delete from staff.link where member_id = $1', [memberId]);
};

/** The member of the link, for the first of any number that come with it; undefined when it is spent or too old. */
export const spendLink = async (on: Query, tokenHash: Buffer, now: Date): Promise<string | undefined> =>
  one(
    await on.query<{ member_id: string }>(
      'delete from staff.link where token_hash = $1 and expires_at > $2 returning member_id',
      [tokenHash, now],
    ),
  )?.member_id;

/** Throws out what has run its time; called at each sign-in, which is rare enough. */
export async function sweep(on: Query, now: Date, sessionSeenBefore: Date): Promise<void> {
  await on.query(
    'delete from staff.guess where key in (select key from staff.guess where ends_at < $1 limit 1000 for update skip locked)',
    [now],
  );
  await on.query('delete from staff.link where expires_at < $1', [now]);
  await on.query(
    'delete from staff.session where id in (select id from staff.session where seen_at < $1 limit 1000 for update skip locked)',
    [sessionSeenBefore],
  );
}

/**
 * Counts one guess against every key, before it is checked: what comes at once is counted all the same.
 * Returns the counters as they stand after it.
 */
export const countGuess = (
  on: Query,
  guesses: readonly Guess[],
  now: Date,
  endsAt: Date,
): Promise<{ key: string; count: number; ends_at: Date }[]> =>
  on.query(
    `insert into staff.guess as g (key, count, ends_at)
     select key, 1, $3::timestamptz from unnest($1::text[]) key order by key
     on conflict (key) do update set
       count = case when g.ends_at <= $2 then 1 else g.count + 1 end,
       ends_at = case when g.ends_at <= $2 then excluded.ends_at else g.ends_at end
     returning key, count, ends_at`,
    [guesses.map((guess) => guess.key).sort(), now, endsAt],
  );

/** A right guess is not held against anybody; sorted, like the counting, so that two never wait for each other. */
export const forgiveGuess = async (on: Query, guesses: readonly Guess[]): Promise<void> => {
  await on.query(
    `update staff.guess set count = greatest(count - 1, 0)
      where key in (select key from staff.guess where key = any($1::text[]) order by key for update)`,
    [guesses.map((guess) => guess.key)],
  );
};

export const insertKey = async (
  on: Query,
  row: {
    id: string;
    name: string;
    secretHash: Buffer;
    prefix: string;
    scopes: readonly string[];
    createdBy: string;
    now: Date;
  },
): Promise<void> => {
  await on.query(
    'insert into staff.key (id, name, secret_hash, prefix, scopes, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7)',
    [row.id, row.name, row.secretHash, row.prefix, row.scopes, row.createdBy, row.now],
  );
};

const keyColumns = `k.id, k.name, k.prefix, k.scopes, k.created_by, m.name as created_by_name, k.created_at, k.last_used_at, k.revoked_at`;

export const listKeys = (on: Query): Promise<KeyRow[]> =>
  on.query<KeyRow>(`select ${keyColumns} from staff.key k join staff.member m on m.id = k.created_by
    order by k.revoked_at is not null, k.id desc limit 1000`);

/** Runs on every request with a key: prepared. A key whose maker is blocked is not found. */
export const findKey = async (
  on: Query,
  secretHash: Buffer,
): Promise<(KeyRow & { readonly maker_roles: string[] }) | undefined> =>
  one(
    await on.query<KeyRow & { readonly maker_roles: string[] }>(
      `select ${keyColumns}, m.roles as maker_roles from staff.key k join staff.member m on m.id = k.created_by
      where k.secret_hash = $1 and k.revoked_at is null and m.blocked_at is null`,
      [secretHash],
      'staff-key',
    ),
  );

/** The keys in force that somebody made. */
export const listKeyIdsOf = async (on: Query, memberId: string): Promise<string[]> =>
  (
    await on.query<{ id: string }>('select id from staff.key where created_by = $1 and revoked_at is null', [memberId])
  ).map((row) => row.id);

export const touchKey = async (on: Query, id: string, now: Date): Promise<void> => {
  await on.query('update staff.key set last_used_at = greatest(coalesce(last_used_at, $2), $2) where id = $1', [
    id,
    now,
  ]);
};

export const revokeKey = async (on: Query, id: string, now: Date): Promise<boolean> =>
  (await on.query('update staff.key set revoked_at = $2 where id = $1 and revoked_at is null returning id', [id, now]))
    .length === 1;

export interface AuditRow {
  readonly id: string;
  readonly at: Date;
  readonly memberId: string | null;
  readonly keyId: string | null;
  readonly action: string;
  readonly customerId: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly ip: string;
}

/** One statement for the whole batch. The same row again changes nothing, so a batch may be sent twice. */
export const insertAudit = async (on: Query, rows: readonly AuditRow[]): Promise<void> => {
  await on.query(
    `insert into staff.audit (id, at, member_id, key_id, action, customer_id, detail, ip)
     select * from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::jsonb[], $8::text[])
     on conflict (id) do nothing`,
    [
      rows.map((row) => row.id),
      rows.map((row) => row.at),
      rows.map((row) => row.memberId),
      rows.map((row) => row.keyId),
      rows.map((row) => row.action),
      rows.map((row) => row.customerId),
      rows.map((row) => JSON.stringify(row.detail)),
      rows.map((row) => row.ip),
    ],
  );
};

export interface AuditListed {
  readonly id: string;
  readonly at: Date;
  readonly action: string;
  readonly customer_id: string | null;
  readonly detail: Record<string, unknown>;
  readonly ip: string;
  readonly member_id: string | null;
  readonly member_name: string | null;
  readonly key_id: string | null;
  readonly key_name: string | null;
}

/** Newest first, from below `cursor`. A filter that is not given adds no condition, so each has its index. */
export function listAudit(
  on: Query,
  filter: {
    readonly customerIds?: readonly string[] | undefined;
    readonly memberId?: string | undefined;
    readonly action?: string | undefined;
    readonly cursor?: string | undefined;
    readonly limit: number;
  },
): Promise<AuditListed[]> {
  const values: unknown[] = [];
  const where: string[] = [];
  const add = (condition: string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    where.push(condition.replace('$', `$${values.length}`));
  };
  add('a.customer_id = any($::uuid[])', filter.customerIds);
  add('a.member_id = $', filter.memberId);
  add('a.action = $', filter.action);
  add('a.id < $', filter.cursor);
  values.push(filter.limit);
  return on.query<AuditListed>(
    `select a.id, a.at, a.action, a.customer_id, a.detail, a.ip, a.member_id, m.name as member_name, a.key_id, k.name as key_name
       from staff.audit a left join staff.member m on m.id = a.member_id left join staff.key k on k.id = a.key_id
      ${where.length > 0 ? `where ${where.join(' and ')}` : ''} order by a.id desc limit $${values.length}`,
    values,
  );
}
