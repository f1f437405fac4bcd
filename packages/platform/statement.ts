import pg from 'pg';

/**
 * Statements as our connections send them. node-postgres keeps the connection (start, password, TLS, reading of
 * messages); of it a statement costs some 40 µs of processor, most of which buys nothing for statements that are asked a
 * thousand times a second: four writes for four messages, and the names and types of the columns told and read anew each
 * time. Here several statements go out as one write with one end (`Sync`), so that `begin` travels with the first
 * statement of a transaction and `commit` with its last, and a prepared statement is described once per connection.
 */

export interface Part {
  readonly text: string;
  readonly values?: readonly unknown[];
  /** Prepared once per connection under this name. */
  readonly name?: string;
}

export interface Answer {
  readonly rows: Record<string, unknown>[];
  /** "INSERT", "COMMIT". */
  command: string;
  /** Rows written or read; undefined for commands without. */
  count: number | undefined;
}

interface Columns {
  readonly names: readonly string[];
  readonly parsers: readonly ((text: string) => unknown)[];
}

interface Prepared {
  readonly text: string;
  /** Undefined until its first end was heard: then it is closed and parsed anew, because nobody knows how far it came. */
  columns: Columns | undefined;
}

/** What of a connection of node-postgres is used here. */
interface Connection {
  readonly stream: { readonly writable: boolean; write(bytes: Buffer): boolean };
}

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

const noColumns: Columns = { names: [], parsers: [] };
const preparedOf = new WeakMap<Connection, Map<string, Prepared>>();

type Settle = (error: Error | null | undefined, answers?: readonly Answer[]) => void;

/** Parts that succeed or fail together with their end; give it to `client.query`. */
export class Statement implements pg.Submittable {
  readonly #parts: readonly Part[];
  readonly #answers: Answer[];
  readonly #columns: (Columns | undefined)[] = [];
  #prepared: Map<string, Prepared> | undefined;
  #at = 0;
  #unreadable: Error | undefined;
  /** node-postgres wraps it when answers have a time limit. */
  callback: Settle;

  constructor(parts: readonly Part[], callback: Settle) {
    this.#parts = parts;
    this.#answers = parts.map(() => ({ rows: [], command: '', count: undefined }));
    this.callback = callback;
  }

  submit(connection: pg.Connection): Error | null {
    const own = connection as unknown as Connection;
    let prepared = preparedOf.get(own);
    if (prepared === undefined) preparedOf.set(own, (prepared = new Map()));
    this.#prepared = prepared;
    try {
      writer.begin();
      for (const part of this.#parts) this.#columns.push(writePart(prepared, part));
      if (own.stream.writable) own.stream.write(writer.end());
      return null;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  handleRowDescription(message: { readonly fields: readonly Field[] }): void {
    this.#columns[this.#at] = {
      names: message.fields.map((field) => field.name),
      parsers: message.fields.map((field) => pg.types.getTypeParser(field.dataTypeID, 'text')),
    };
  }

  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void {
    const { names, parsers } = this.#columns[this.#at] ?? noColumns;
    const row: Record<string, unknown> = {};
    try {
      for (let index = 0; index < names.length; index += 1) {
        const text = message.fields[index];
        row[names[index] as string] = text === null || text === undefined ? null : parsers[index]?.(text);
      }
      this.#answers[this.#at]?.rows.push(row);
    } catch (error) {
      this.#unreadable ??= error instanceof Error ? error : new Error(String(error));
    }
  }

  handleCommandComplete(message: { readonly text: string }): void {
    const answer = this.#answers[this.#at];
    if (answer !== undefined) {
      const words = message.text.split(' ');
      answer.command = words[0] ?? '';
      const count = words.at(-1);
      answer.count = words.length > 1 ? Number(count) : undefined;
    }
    this.#settlePart();
  }

  handleEmptyQuery(): void {
    this.#settlePart();
  }

  #settlePart(): void {
    const name = this.#parts[this.#at]?.name;
    const known = name === undefined ? undefined : this.#prepared?.get(name);
    if (known !== undefined) known.columns ??= this.#columns[this.#at] ?? noColumns;
    this.#at += 1;
  }

  handleReadyForQuery(): void {
    if (this.#unreadable === undefined) this.callback(null, this.#answers);
    else this.callback(this.#unreadable);
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  // Our statements ask for all rows, and copy nothing.
  handlePortalSuspended(): void {}

  handleCopyInResponse(connection: { sendCopyFail(reason: string): void }): void {
    connection.sendCopyFail('nothing to copy');
  }

  handleCopyData(): void {}
}

/** Sends the parts on this connection; when one fails, none after it is done. */
export function send(client: pg.ClientBase, parts: readonly Part[]): Promise<readonly Answer[]> {
  return new Promise((resolve, reject) => {
    client.query(
      new Statement(parts, (error, answers) => {
        if (error === null || error === undefined) resolve(answers ?? []);
        else reject(Error.captureStackTrace === undefined ? error : traced(error));
      }),
    );
  });
}

// The stack of a fault leads to the socket; the message is what helps.
function traced(error: Error): Error {
  Error.captureStackTrace(error);
  return error;
}

/** Writes the messages of one statement; returns its columns when they are known. */
function writePart(prepared: Map<string, Prepared>, part: Part): Columns | undefined {
  const name = part.name ?? '';
  const known = part.name === undefined ? undefined : prepared.get(part.name);
  if (known !== undefined && known.text !== part.text)
    throw new Error(`the name ${name} was used for another statement`);
  const columns = known?.columns;
  if (columns === undefined) {
    if (known !== undefined) writer.message(code.close).byte(code.statement).text(name).done();
    writer.message(code.parse).text(name).text(part.text).int16(0).done();
    if (part.name !== undefined && known === undefined) prepared.set(name, { text: part.text, columns: undefined });
  }
  writer.message(code.bind).text('').text(name);
  writeValues(part.values ?? []);
  writer.int16(0).done();
  if (columns === undefined) writer.message(code.describe).byte(code.portal).text('').done();
  writer.message(code.execute).text('').int32(0).done();
  return columns;
}

const code = { parse: 80, bind: 66, describe: 68, execute: 69, close: 67, sync: 83, statement: 83, portal: 80 };

function writeValues(values: readonly unknown[]): void {
  writer.int16(values.length);
  for (const value of values) writer.int16(Buffer.isBuffer(value) ? 1 : 0);
  writer.int16(values.length);
  for (const value of values) {
    if (value === null || value === undefined) writer.int32(-1);
    else if (Buffer.isBuffer(value)) writer.int32(value.length).bytes(value);
    else writer.lengthAndText(textOf(value));
  }
}

/** A value as Postgres reads it: moments in UTC, arrays as `{…}`, other objects as JSON. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Date) return momentOf(value);
  if (Array.isArray(value)) return arrayOf(value);
  return JSON.stringify(value);
}

// Years past 9999 have a sign in JavaScript, which Postgres does not read.
const momentOf = (value: Date): string => value.toISOString().replace(/^\+0*/, '');

function arrayOf(values: readonly unknown[]): string {
  let text = '{';
  for (const [index, value] of values.entries()) {
    if (index > 0) text += ',';
    if (value === null || value === undefined) text += 'NULL';
    else if (Array.isArray(value)) text += arrayOf(value);
    else if (Buffer.isBuffer(value)) text += `"\\\\x${value.toString('hex')}"`;
    else if (typeof value === 'number' || typeof value === 'boolean') text += String(value);
    else text += quoted(textOf(value));
  }
  return `${text}}`;
}

const quoted = (text: string): string =>
  `"${text.includes('\\') || text.includes('"') ? text.replace(/[\\"]/g, '\\$&') : text}"`;

/** The bytes of one `Statement`: gathered in a buffer of the process, and copied out at the end. */
class Writer {
  #buffer = Buffer.allocUnsafe(16_384);
  #length = 0;
  #startedAt = 0;

  begin(): void {
    this.#length = 0;
  }

  message(kind: number): this {
    this.#room(5);
    this.#buffer[this.#length] = kind;
    this.#startedAt = this.#length + 1;
    this.#length += 5;
    return this;
  }

  done(): this {
    this.#buffer.writeInt32BE(this.#length - this.#startedAt, this.#startedAt);
    return this;
  }

  byte(value: number): this {
    this.#room(1);
    this.#buffer[this.#length] = value;
    this.#length += 1;
    return this;
  }

  int16(value: number): this {
    this.#room(2);
    this.#buffer.writeUInt16BE(value, this.#length);
    this.#length += 2;
    return this;
  }

  int32(value: number): this {
    this.#room(4);
    this.#buffer.writeInt32BE(value, this.#length);
    this.#length += 4;
    return this;
  }

  bytes(value: Buffer): this {
    this.#room(value.length);
    value.copy(this.#buffer, this.#length);
    this.#length += value.length;
    return this;
  }

  /** Ends with a zero byte. */
  text(value: string): this {
    this.#room(value.length * 3 + 1);
    this.#length += this.#buffer.write(value, this.#length, 'utf8');
    return this.byte(0);
  }

  lengthAndText(value: string): this {
    this.#room(value.length * 3 + 4);
    const written = this.#buffer.write(value, this.#length + 4, 'utf8');
    this.#buffer.writeInt32BE(written, this.#length);
    this.#length += 4 + written;
    return this;
  }

  end(): Buffer {
    this.message(code.sync).done();
    const bytes = Buffer.from(this.#buffer.subarray(0, this.#length));
    // A huge statement must not hold its memory for good.
    if (this.#buffer.length > mostKeptBytes) this.#buffer = Buffer.allocUnsafe(16_384);
    return bytes;
  }

  #room(needed: number): void {
    if (this.#length + needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + needed));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

const mostKeptBytes = 4_194_304;
const writer = new Writer();
