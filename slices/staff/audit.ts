import { isUuid } from '@ruslo/kernel';
import { newId, sqlState } from '@ruslo/platform';
import type { AuditEntry, Caller, House, Query } from '@ruslo/platform';
import { insertAudit } from './store.ts';
import type { AuditRow } from './store.ts';

/** A line of the audit log that a command writes in its own transaction. `detail` holds ids, never persons. */
export interface AuditNote {
  readonly caller: Caller;
  readonly action: string;
  readonly customerId?: string | null;
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly ip: string;
  readonly at: Date;
}

const memberOf = (caller: Caller): string | null => (caller.kind === 'staff' ? caller.id : null);
const keyOf = (caller: Caller): string | null => (caller.kind === 'key' ? caller.id : null);

/** Writes in the caller's transaction: there is no change without its line, and no line without its change. */
export const recordAudit = (on: Query, ...notes: readonly AuditNote[]): Promise<void> =>
  insertAudit(
    on,
    notes.map((note) => ({
      id: newId(),
      at: note.at,
      memberId: memberOf(note.caller),
      keyId: keyOf(note.caller),
      action: note.action,
      customerId: note.customerId ?? null,
      detail: note.detail ?? {},
      ip: note.ip,
    })),
  );

/** Data or constraint errors: the same row will be refused again. */
const isRefused = (error: unknown): boolean => /^2[23]/.test(sqlState(error) ?? '');

const flushAfterMs = 500;
const batchRows = 1_000;

/**
 * Collects the lines of audited routes and writes them together: looking at a card costs no transaction of its own.
 * A kill loses half a second of views at most. Bounded: above `most` lines `isFull` says so, and the entrance
 * lets nobody look whom it could not note.
 */
export class AuditBuffer {
  readonly #house: House;
  readonly #most: number;
  #rows: AuditRow[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;

  constructor(house: House, most = 20_000) {
    this.#house = house;
    this.#most = most;
  }

  get isFull(): boolean {
    return this.#rows.length >= this.#most;
  }

  /** Lines that are not in the database yet. */
  get waiting(): number {
    return this.#rows.length;
  }

  add(entry: AuditEntry): void {
    // Who was refused at the door has seen nothing; counted in the request log.
    if (entry.status === 401 || entry.status === 403 || entry.caller.kind === 'anonymous') return;
    // An id that is none would stop the whole batch.
    const customerId = entry.customerId !== null && isUuid(entry.customerId) ? entry.customerId : null;
    if (this.#repeats(entry)) return;
    this.#rows.push({
      id: newId(),
      at: entry.at,
      memberId: memberOf(entry.caller),
      keyId: keyOf(entry.caller),
      action: entry.action,
      customerId,
      detail: {},
      ip: entry.ip,
    });
    if (this.#rows.length >= batchRows) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), flushAfterMs).unref();
  }

  /** A card asks for several things of one person at once: that is one look. Changes are never folded. */
  #repeats(entry: AuditEntry): boolean {
    if (!entry.action.endsWith('.viewed') || entry.customerId === null) return false;
    const member = memberOf(entry.caller);
    const key = keyOf(entry.caller);
    return this.#rows
      .slice(-20)
      .some(
        (row) =>
          row.customerId === entry.customerId &&
          row.action === entry.action &&
          row.memberId === member &&
          row.keyId === key &&
          row.ip === entry.ip,
      );
  }

  /** Writes what is there. What could not be written stays and is tried again. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async #write(): Promise<void> {
    while (this.#rows.length > 0) {
      const batch = this.#rows.slice(0, batchRows);
      try {
        await insertAudit(this.#house.db, batch);
        this.#rows.splice(0, batch.length);
      } catch (error) {
        if (isRefused(error) && (await this.#writeOneByOne(batch))) continue;
        this.#house.logger.error({ err: error, rows: this.#rows.length }, 'audit lines wait for the database');
        this.#timer ??= setTimeout(() => void this.flush(), flushAfterMs).unref();
        return;
      }
    }
  }

  /** A line that the database refuses must not hold up those behind it. False when the database went away meanwhile. */
  async #writeOneByOne(batch: readonly AuditRow[]): Promise<boolean> {
    for (const row of batch) {
      try {
        await insertAudit(this.#house.db, [row]);
      } catch (error) {
        if (!isRefused(error)) return false;
        this.#house.logger.error({ err: error, action: row.action }, 'an audit line was refused and is lost');
      }
      this.#rows.shift();
    }
    return true;
  }

  /** The last lines, when the server stops. */
  async close(): Promise<void> {
    await this.#flushing;
    await this.flush();
    clearTimeout(this.#timer);
  }
}
