import { createHash, randomBytes } from 'node:crypto';
import { ok, refuse } from '@ruslo/kernel';
import type { Channel, Result } from '@ruslo/kernel';
import { newId } from '@ruslo/platform';
import type { Caller, Duty, House, Query, Tx } from '@ruslo/platform';
import { headsById } from './store.ts';
import { normalise } from './normalise.ts';
import { resolve } from './resolve.ts';
import { isWeak } from './rules.ts';

/** Sessions of customers at faces: opened by a visitor herself, or by a trusted face that has proven who she is. */

const prefix = 'rc_';
const lastsMs = 90 * 86_400_000;

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

export interface OpenedSession {
  readonly token: string;
  readonly customerId: string;
  readonly expiresAt: Date;
}

interface Who {
  readonly channel: Channel;
  readonly identifiers: readonly { readonly kind: string; readonly value: string }[];
  /** Token of the visitor's session that becomes hers: what she did before joins her profile. */
  readonly visitorToken?: string | undefined;
}

const noPermissions: ReadonlySet<string> = new Set();

interface SessionRow {
  readonly id: string;
  readonly customer_id: string;
  readonly anonymous_id: string | null;
  readonly channel: Channel;
  readonly signed_in: boolean;
}

const findSession = async (query: Query, token: string, now: Date): Promise<SessionRow | undefined> =>
  (
    await query.query<SessionRow>(
      `select id, customer_id, anonymous_id, channel, signed_in from identity.session where token_hash = $1 and expires_at > $2`,
      [hashOf(token), now],
      'identity.session',
    )
  )[0];

const tokenOf = (authorization: string | undefined): string | undefined =>
  /^Bearer (rc_[\w-]{20,100})$/i.exec(authorization ?? '')?.[1];

/** The customer behind `Authorization: Bearer rc_…`. */
export async function recogniseCustomer(house: House, authorization: string | undefined): Promise<Caller | undefined> {
  const token = tokenOf(authorization);
  const row = token === undefined ? undefined : await findSession(house.db, token, house.clock.now());
  if (row === undefined) return undefined;
  return {
    kind: 'customer',
    id: row.customer_id,
    sessionId: row.id,
    signedIn: row.signed_in,
    channel: row.channel,
    permissions: noPermissions,
  };
}

async function insertSession(tx: Tx, row: Omit<SessionRow, 'id'>, now: Date): Promise<OpenedSession> {
  const token = prefix + randomBytes(24).toString('base64url');
  const expiresAt = new Date(now.getTime() + lastsMs);
  await tx.query(
    `insert into identity.session (id, token_hash, customer_id, anonymous_id, channel, signed_in, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [newId(), hashOf(token), row.customer_id, row.anonymous_id, row.channel, row.signed_in, now, expiresAt],
  );
  return { token, customerId: row.customer_id, expiresAt };
}

/**
 * A visitor who has not said who she is: knows her cart and lists by the anonymous id of her browser or app. An anonymous
 * id is no secret, events carry it. Where it leads to somebody who has signed in, a fresh one is drawn and answered.
 */
export async function openVisitor(
  tx: Tx,
  from: { readonly anonymousId: string; readonly channel: Channel },
  now: Date,
): Promise<Result<OpenedSession & { readonly anonymousId: string }>> {
  const { channel } = from;
  const seen = (anonymousId: string): Promise<string | undefined> =>
    sight(tx, { channel, identifiers: [{ kind: 'anonymous_id', value: anonymousId, proof: 'proven' }] }, now);
  let { anonymousId } = from;
  let customerId = await seen(anonymousId);
  if (customerId !== undefined && (await isProven(tx, customerId))) {
    anonymousId = newId();
    customerId = await seen(anonymousId);
  }
  if (customerId === undefined) return refuse('identity.bad-identifier', 400);
  const row = { customer_id: customerId, anonymous_id: anonymousId, channel, signed_in: false };
  return ok({ ...(await insertSession(tx, row, now)), anonymousId });
}

/** True when the person was recognised by more than her browsers: by her phone, her card, her account. */
async function isProven(query: Query, customerId: string): Promise<boolean> {
  const rows = await query.query<{ kind: string }>(
    `select distinct i.kind from identity.customer c
       join identity.customer m on m.head_id = c.head_id
       join identity.identifier i on i.customer_id = m.id and i.proof = 'proven'
     where c.id = $1`,
    [customerId],
    'identity.proven-kinds',
  );
  return rows.some(({ kind }) => !isWeak(kind));
}

/**
 * Opens a session for whom a trusted face has recognised: by a one-time code to her phone, by her card at the till.
 * Call it inside `db.retry`, as `resolve` asks.
 */
export async function signIn(tx: Tx, who: Who, now: Date): Promise<Result<OpenedSession>> {
  const visitor = who.visitorToken === undefined ? undefined : await findSession(tx, who.visitorToken, now);
  const wrong = who.identifiers.find(({ kind, value }) => normalise(kind, value) === undefined);
  if (wrong !== undefined || who.identifiers.length === 0) return refuse('identity.bad-identifier', 400);
  const anonymousId = visitor?.signed_in === false ? visitor.anonymous_id : null;
  const proven = [...who.identifiers, ...(anonymousId === null ? [] : [{ kind: 'anonymous_id', value: anonymousId }])];
  const identifiers = proven.map(({ kind, value }) => ({ kind, value, proof: 'proven' }) as const);
  const customerId = await sight(tx, { channel: who.channel, identifiers }, now);
  if (customerId === undefined) return refuse('identity.bad-identifier', 400);
  // Tokens of this visitor do not become stronger than they were: whoever has read one would come in with it.
  if (visitor?.signed_in === false)
    await tx.query('delete from identity.session where customer_id = $1 and anonymous_id = $2 and not signed_in', [
      visitor.customer_id,
      visitor.anonymous_id,
    ]);
  return ok(
    await insertSession(
      tx,
      { customer_id: customerId, anonymous_id: anonymousId, channel: who.channel, signed_in: true },
      now,
    ),
  );
}

async function sight(
  tx: Tx,
  seen: {
    readonly channel: Channel;
    readonly identifiers: readonly { readonly kind: string; readonly value: string; readonly proof: 'proven' }[];
  },
  now: Date,
): Promise<string | undefined> {
  const at = now.toISOString();
  const [customerId] = await resolve(tx, [{ at, occurredAt: at, sourceId: null, traits: undefined, ...seen }], now);
  return customerId ?? undefined;
}

export const endSession = (query: Query, id: string): Promise<unknown> =>
  query.query('delete from identity.session where id = $1', [id]);

/** May this caller see what belongs to this customer id? A customer only what is her own, over all her ids. */
export async function mayTouch(query: Query, caller: Caller, customerId: string | null): Promise<boolean> {
  if (caller.kind !== 'customer') return true;
  if (customerId === null) return false;
  if (customerId === caller.id) return true;
  const heads = await headsById(query, [caller.id, customerId]);
  const own = heads.get(caller.id);
  return own !== undefined && own === heads.get(customerId);
}

export const forgetSessions = (house: House): Duty => ({
  name: 'identity.sessions',
  everyMs: 600_000,
  async run(now) {
    const gone = await house.db.query(
      `delete from identity.session where id in (select id from identity.session where expires_at < $1 limit 5000 for update skip locked) returning id`,
      [now],
    );
    return gone.length === 5_000;
  },
});
