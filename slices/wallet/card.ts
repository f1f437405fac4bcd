import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { append, fact, newId } from '@ruslo/platform';
import type { Query, Tx } from '@ruslo/platform';
import { hashCode, newCode, readCode } from './code.ts';
import type { GiftCard } from './contract.ts';
import { reckon } from './rules.ts';
import { lockLots, post, readCardLots } from './store.ts';
import type { NewEntry, NewLot, NewTransfer } from './store.ts';

/** Gift cards: made, made worth something when paid, found by their code, blocked. */

export interface IssuedCard {
  readonly id: string;
  /** Empty when the same key comes again: the code was told once and is kept nowhere. */
  readonly code: string;
  readonly last4: string;
}

/** Makes cards that are not active yet. The codes are returned once and kept only as hashes. */
export async function issueCards(
  tx: Tx,
  from: {
    readonly amountsMinor: readonly number[];
    readonly currency: string;
    readonly ref: string | null;
    readonly expiresAt: Date | null;
    readonly key: string;
    readonly now: Date;
  },
): Promise<readonly IssuedCard[]> {
  const made = from.amountsMinor.map((amountMinor) => {
    const code = newCode();
    return { id: newId(), code, last4: code.slice(-4), amountMinor };
  });
  if (made.length === 0) return [];
  const rows = await tx.query<{ id: string }>(
    `insert into wallet.card (id, code_hash, last4, state, currency, amount_minor, ref, key, no, expires_at, issued_at)
     select u.id, u.hash, u.last4, 'new', $5, u.amount, $6, $7, u.no, $8, $9
     from unnest($1::uuid[], $2::bytea[], $3::text[], $4::bigint[]) with ordinality as u (id, hash, last4, amount, no)
     on conflict (key, no) do nothing returning id`,
    [
      made.map((card) => card.id),
      made.map((card) => hashCode(readCode(card.code) ?? '')),
      made.map((card) => card.last4),
      made.map((card) => card.amountMinor),
      from.currency,
      from.ref,
      from.key,
      from.expiresAt,
      from.now,
    ],
  );
  if (rows.length === 0) {
    const there = await tx.query<{ id: string; last4: string }>(
      'select id, last4 from wallet.card where key = $1 order by no',
      [from.key],
    );
    return there.map((card) => ({ ...card, code: '' }));
  }
  await append(
    tx,
    made.map((card) =>
      fact({
        name: 'card.issued',
        customerId: null,
        at: from.now,
        data: { cardId: card.id, amountMinor: card.amountMinor, ...(from.ref === null ? {} : { orderId: from.ref }) },
      }),
    ),
  );
  return made.map(({ id, code, last4 }) => ({ id, code, last4 }));
}

interface ActivatedRow {
  readonly id: string;
  readonly amount: number;
  readonly expiresAt: Date | null;
  readonly ref: string | null;
}

async function bookActivated(tx: Tx, cards: readonly ActivatedRow[], now: Date): Promise<void> {
  if (cards.length === 0) return;
  const rows = cards.map((card) => ({ card, transferId: newId(), lotId: newId() }));
  await post(
    tx,
    rows.map(({ card, transferId }): NewTransfer => ({
      id: transferId,
      key: `activated:${card.id}`,
      what: 'activated',
      ref: card.ref,
      at: now,
    })),
    rows.map(({ card, transferId, lotId }): NewEntry => ({
      transferId,
      from: { account: 'issued' },
      to: { lot: lotId },
      amount: card.amount,
    })),
    rows.map(({ card, transferId, lotId }): NewLot => ({
      id: lotId,
      transferId,
      kind: 'gift',
      customerId: null,
      cardId: card.id,
      amount: card.amount,
      availableAt: now,
      expiresAt: card.expiresAt,
      ref: card.ref,
      now,
    })),
  );
  await append(
    tx,
    cards.map((card) =>
      fact({
        name: 'card.activated',
        customerId: null,
        at: now,
        data: { cardId: card.id, amountMinor: card.amount, ...(card.ref === null ? {} : { orderId: card.ref }) },
      }),
    ),
  );
}

const activated = `state = 'active', activated_at = $2`;
const activatedColumns = `id, amount_minor as amount, expires_at as "expiresAt", ref`;

/** Only when paid. Books the value of the cards of a ref; idempotent. */
export async function activateCards(tx: Tx, ref: string, now: Date): Promise<void> {
  const cards = await tx.query<ActivatedRow>(
    `update wallet.card set ${activated} where ref = $1 and state = 'new' returning ${activatedColumns}`,
    [ref, now],
    'wallet.activate',
  );
  await bookActivated(tx, cards, now);
}

/** The same by card: those that staff give away. */
export async function activateById(tx: Tx, ids: readonly string[], now: Date): Promise<void> {
  const cards = await tx.query<ActivatedRow>(
    `update wallet.card set ${activated} where id = any($1::uuid[]) and state = 'new' returning ${activatedColumns}`,
    [ids, now],
  );
  await bookActivated(tx, cards, now);
}

export interface CardRow {
  readonly id: string;
  readonly last4: string;
  readonly state: 'new' | 'active' | 'blocked';
  readonly currency: string;
  readonly amountMinor: number;
  readonly ref: string | null;
  readonly expiresAt: Date | null;
  readonly issuedAt: Date;
  readonly activatedAt: Date | null;
  readonly blockedAt: Date | null;
  readonly refundedAt: Date | null;
}
export const cardColumns = `card.id, card.last4, card.state, card.currency, card.amount_minor as "amountMinor", card.ref,
  card.expires_at as "expiresAt", card.issued_at as "issuedAt", card.activated_at as "activatedAt",
  card.blocked_at as "blockedAt", card.refunded_at as "refundedAt"`;

export async function readCard(query: Query, id: string): Promise<CardRow | undefined> {
  const [row] = await query.query<CardRow>(`select ${cardColumns} from wallet.card where id = $1`, [id], 'wallet.card');
  return row;
}

export async function cardBalance(query: Query, cardId: string, now: Date): Promise<number> {
  return reckon(await readCardLots(query, cardId, now), now).active;
}

/** Cards that were found by their codes before, by id, in the order asked for; unknown ids are left out. */
export async function giftCards(query: Query, ids: readonly string[], now: Date): Promise<GiftCard[]> {
  const found: GiftCard[] = [];
  for (const id of ids) {
    const card = await readCard(query, id);
    if (card === undefined) continue;
    const { last4, state, currency, expiresAt } = card;
    found.push({ id, last4, state, currency, expiresAt, balanceMinor: await cardBalance(query, id, now) });
  }
  return found;
}

export const guessWindowMs = 15 * 60_000;
const guessMost = 10;
/** Of a key that does not say for whom it asks. */
export const guessMostOfKey = 300;
const guessMostOverall = 2_000;
const everybody = '*';

/**
 * The card of a code. Wrong guesses are counted by who asks and over all, in windows of 15 minutes; refuses
 * `wallet.no-such-card` (404) and `wallet.too-many-guesses` (429), then also for a right code. Give it `house.db`: in a
 * transaction that is rolled back the guess would not have been counted.
 */
export async function findCard(
  query: Query,
  from: {
    readonly code: string;
    readonly asker: string;
    readonly now: Date;
    /** Wrong guesses in a window; 10 when absent. More only for an asker that stands for many people. */
    readonly most?: number;
  },
): Promise<Result<GiftCard>> {
  const { now } = from;
  const windowAt = new Date(Math.floor(now.getTime() / guessWindowMs) * guessWindowMs);
  const asker = `by:${from.asker}`;
  // Counted before it is judged: however many guesses come at once, no more than the limit are looked at.
  const [count] = await query.query<{ tries: number; overall: number }>(
    `insert into wallet.guess as guess (asker, window_at, tries) values ($1, $2, 1)
     on conflict (asker, window_at) do update set tries = guess.tries + 1
     returning tries, coalesce((select tries from wallet.guess where asker = $3 and window_at = $2), 0) as overall`,
    [asker, windowAt, everybody],
    'wallet.guess',
  );
  if (count === undefined || count.tries > (from.most ?? guessMost) || count.overall >= guessMostOverall) {
    const seconds = Math.ceil((windowAt.getTime() + guessWindowMs - now.getTime()) / 1_000);
    return refuse('wallet.too-many-guesses', 429, { seconds });
  }
  const code = readCode(from.code);
  const [card] =
    code === undefined
      ? []
      : await query.query<CardRow>(
          `select ${cardColumns} from wallet.card where code_hash = $1`,
          [hashCode(code)],
          'wallet.find-card',
        );
  if (card === undefined) {
    await query.query(
      `insert into wallet.guess as guess (asker, window_at, tries) values ($1, $2, 1)
       on conflict (asker, window_at) do update set tries = guess.tries + 1`,
      [everybody, windowAt],
      'wallet.guess-wrong',
    );
    return refuse('wallet.no-such-card', 404);
  }
  await query.query(
    'update wallet.guess set tries = tries - 1 where asker = $1 and window_at = $2',
    [asker, windowAt],
    'wallet.guess-right',
  );
  return ok({
    id: card.id,
    last4: card.last4,
    state: card.state,
    currency: card.currency,
    balanceMinor: await cardBalance(query, card.id, now),
    expiresAt: card.expiresAt,
  });
}

/** A sold card comes back: what is left is blocked and taken off; refuses `wallet.card-used` (409) when some was spent. */
export async function refundCard(tx: Tx, cardId: string, now: Date): Promise<Result<undefined>> {
  const lots = await lockLots(tx, { kind: 'gift', cardId }, now);
  const [card] = await tx.query<CardRow>(`select ${cardColumns} from wallet.card where id = $1 for update`, [cardId]);
  if (card === undefined) return refuse('wallet.no-such-card', 404);
  if (card.refundedAt !== null) return ok(undefined);
  const left = lots.reduce((sum, lot) => sum + lot.remaining - lot.held, 0);
  if (card.activatedAt !== null && left !== card.amountMinor) return refuse('wallet.card-used', 409);
  await tx.query(
    `update wallet.card set state = 'blocked', blocked_at = coalesce(blocked_at, $2), blocked_why = coalesce(blocked_why, 'refunded'), refunded_at = $2
     where id = $1`,
    [cardId, now],
  );
  if (lots.length > 0) {
    const transferId = newId();
    await post(
      tx,
      [{ id: transferId, key: `refunded:${cardId}`, what: 'refunded', ref: card.ref, at: now }],
      lots.map((lot) => ({ transferId, from: { lot: lot.id }, to: { account: 'refunded' }, amount: lot.remaining })),
    );
  }
  await append(tx, [
    fact({ name: 'card.blocked', customerId: null, at: now, data: { cardId, why: 'refunded', amountMinor: left } }),
  ]);
  return ok(undefined);
}

/** Nobody can pay with it any more; what is on it stays. Refuses `wallet.no-such-card`. Idempotent. */
export async function blockCard(tx: Tx, cardId: string, why: string, now: Date): Promise<Result<undefined>> {
  // Lots first, as everybody: who holds them has ended then, and who comes after sees the block.
  await lockLots(tx, { kind: 'gift', cardId }, now);
  const rows = await tx.query<{ was: string }>(
    `update wallet.card set state = 'blocked', blocked_at = coalesce(card.blocked_at, $2), blocked_why = coalesce(card.blocked_why, $3)
     from (select id, state from wallet.card where id = $1 for update) before where card.id = before.id returning before.state as was`,
    [cardId, now, why],
  );
  if (rows[0] === undefined) return refuse('wallet.no-such-card', 404);
  if (rows[0].was !== 'blocked')
    await append(tx, [fact({ name: 'card.blocked', customerId: null, at: now, data: { cardId, why: 'staff' } })]);
  return ok(undefined);
}
