import { openCashRegister } from '@ruslo/cash-register';
import { identity } from '@ruslo/identity';
import { openFiscalLab } from '@ruslo/lab-fiscal';
import type { FiscalLab } from '@ruslo/lab-fiscal';
import { newId, runDuty } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { staff } from '@ruslo/staff';
import { movableClock, signInAs, signInOwner } from '@ruslo/staff/testing';
import type { Visitor } from '@ruslo/staff/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueReceipt, openReceipt, receiptsOf, refByReceipt } from './index.ts';
import type { ReceiptDraft, ReceiptLine } from './index.ts';

const clock = movableClock();
let lab: FiscalLab;
let house: TestHouse;
let other: TestHouse;
let owner: Visitor;

beforeAll(async () => {
  lab = await openFiscalLab({ now: () => clock.now() });
  const port = openCashRegister({ url: lab.url, timeoutMs: 300 });
  house = await openTestHouse({ slices: [identity, staff, openReceipt(port)], clock });
  other = await house.second();
  owner = await signInOwner(house);
});
afterAll(async () => {
  await other.close();
  await house.close();
  await lab.close();
});

const line: ReceiptLine = {
  title: 'Чехол',
  quantity: 3,
  unit: 'piece',
  totalMinor: 10_000,
  vat: '20',
  method: 4,
  subject: 1,
};
const draft = (more: Partial<ReceiptDraft> = {}): ReceiptDraft => {
  const lines = more.lines ?? [line];
  return {
    key: newId(),
    ref: newId(),
    type: 'sale',
    placeId: null,
    customerId: null,
    contact: 'anna@example.com',
    currency: 'RUB',
    cashMinor: 0,
    cardMinor: lines.reduce((sum, one) => sum + one.totalMinor, 0),
    prepaidMinor: 0,
    creditMinor: 0,
    originalId: null,
    now: clock.now(),
    ...more,
    lines,
  };
};
const issue = (more: Partial<ReceiptDraft> = {}, at = house): Promise<string> => {
  const made = draft(more);
  return at.db.retry((tx) => issueReceipt(tx, made));
};
const register = (at = house): Promise<void> => runDuty(at, 'receipt.register');
const read = async (id: string): Promise<{ receipt: Record<string, unknown>; document: Record<string, unknown> }> =>
  (await owner.ask('GET', `/v1/receipts/${id}`)).body as never;
const printed = (id: string): number => lab.control.registered.filter((one) => one.id === id).length;
const facts = (id: string): Promise<{ name: string }[]> =>
  house.db.query(`select name from log.event where data->>'receiptId' = $1 order by id`, [id]);

describe('a receipt', () => {
  it('is registered: number, sign and time come back, and it is found by both', async () => {
    const ref = newId();
    const id = await issue({ ref });
    expect((await read(id)).receipt).toMatchObject({ state: 'queued', failure: null, totalMinor: 10_000 });
    await register();
    const { receipt, document } = await read(id);
    expect(receipt).toMatchObject({ state: 'registered', ref, tries: 1 });
    expect(document).toMatchObject({ '1020': 10_000, '1187': expect.stringContaining('http'), '1102': 1_667 });
    expect(await facts(id)).toEqual([{ name: 'receipt.registered' }]);
    const [known] = await receiptsOf(house.db, [ref]);
    expect(await refByReceipt(house.db, known?.number ?? '')).toBe(ref);
    expect(await refByReceipt(house.db, known?.fiscalSign ?? '')).toBe(ref);
    expect(await refByReceipt(house.db, 'nothing')).toBeUndefined();
  });

  it('is issued once for the same key, ten at once on two processes', async () => {
    const key = newId();
    const ids = await Promise.all(Array.from({ length: 10 }, (_, at) => issue({ key }, at % 2 === 0 ? house : other)));
    expect(new Set(ids).size).toBe(1);
    await Promise.all([register(), register(other)]);
    expect(printed(ids[0] ?? '')).toBe(1);
  });

  it('goes with the transaction that issued it', async () => {
    const ref = newId();
    await expect(
      house.db.tx(async (tx) => {
        await issueReceipt(tx, draft({ ref }));
        throw new Error('the order fell over');
      }),
    ).rejects.toThrow();
    expect(await receiptsOf(house.db, [ref])).toEqual([]);
  });
});

describe('a cash register in trouble', () => {
  it('that printed and did not say so, is asked again and prints nothing twice', async () => {
    for (const fault of ['timeout-after', 'ofd-error'] as const) {
      const id = await issue();
      lab.control.fail(fault, 1, 1_000);
      await register();
      expect((await read(id)).receipt).toMatchObject({ state: 'queued', tries: 1 });
      clock.pass(2_000);
      await register();
      expect((await read(id)).receipt).toMatchObject({ state: 'registered', tries: 2 });
      expect(printed(id)).toBe(1);
    }
  });

  it('without paper keeps the order of its lane, and another lane goes on', async () => {
    const [shop, cafe] = [newId(), newId()];
    lab.control.fail('paper-end', 1);
    const first = await issue({ placeId: shop });
    await register();
    const second = await issue({ placeId: shop });
    const elsewhere = await issue({ placeId: cafe });
    await register();
    expect((await read(first)).receipt).toMatchObject({ state: 'queued', failure: 'paper-end: paper-end' });
    expect((await read(second)).receipt).toMatchObject({ state: 'queued', tries: 0 });
    expect((await read(elsewhere)).receipt).toMatchObject({ state: 'registered' });
    clock.pass(2_000);
    await register();
    const order = lab.control.registered.filter(({ lane }) => lane === shop).map(({ id }) => id);
    expect(order).toEqual([first, second]);
  });

  it('goes on where a return waits for a sale that another register still has', async () => {
    const [shop, cafe] = [newId(), newId()];
    lab.control.fail('paper-end', 1);
    const sale = await issue({ placeId: shop });
    await register();
    const back = await issue({ placeId: cafe, type: 'sale-refund', originalId: sale });
    const next = await issue({ placeId: cafe });
    await register();
    expect((await read(back)).receipt).toMatchObject({ state: 'queued' });
    expect((await read(next)).receipt).toMatchObject({ state: 'registered' });
    clock.pass(2_000);
    await register();
    clock.pass(2_000);
    await register();
    expect((await read(sale)).receipt).toMatchObject({ state: 'registered' });
    expect((await read(back)).receipt).toMatchObject({ state: 'registered' });
  });

  it('opens a new shift after 24 hours by itself', async () => {
    const placeId = newId();
    await issue({ placeId });
    await register();
    clock.pass(25 * 3_600_000);
    const id = await issue({ placeId });
    const before = lab.control.shiftsOpened;
    await register();
    clock.pass(-25 * 3_600_000); // sessions of staff end sooner
    expect((await read(id)).receipt).toMatchObject({ state: 'registered', tries: 1 });
    expect(lab.control.shiftsOpened).toBe(before + 1);
  });

  it('that refuses a document is seen, holds up nobody, and takes it by hand later', async () => {
    const placeId = newId();
    const id = await issue({ placeId, lines: [{ ...line, quantity: 1, subject: 33 }] });
    const next = await issue({ placeId });
    await register();
    expect((await read(id)).receipt).toMatchObject({ state: 'failed', failure: expect.stringContaining('2000') });
    expect((await read(next)).receipt).toMatchObject({ state: 'registered' });
    expect(await facts(id)).toEqual([{ name: 'receipt.failed' }]);
    const list = await owner.ask('GET', '/v1/receipts?state=failed');
    expect(list.body).toMatchObject({ items: [{ id }] });
    expect(await house.slices.find(({ name }) => name === 'receipt')?.health?.(house)).toMatchObject({ ok: false });
    const agent = await signInAs(owner, ['agent'], 'agent@example.com');
    expect(await agent.ask('POST', `/v1/receipts/${id}/retry`)).toMatchObject({ status: 403 });
    await house.db.query(
      `update receipt.receipt set document = jsonb_set(document, '{1059,0,2000}', '"0104604060006000215"') where id = $1`,
      [id],
    );
    expect(await owner.ask('POST', `/v1/receipts/${id}/retry`)).toMatchObject({
      status: 200,
      body: { state: 'queued' },
    });
    expect(await owner.ask('POST', `/v1/receipts/${id}/retry`)).toMatchObject({ status: 409 });
    await register();
    expect((await read(id)).receipt).toMatchObject({ state: 'registered' });
  });

  it('that takes nothing for a day is somebody’s work', async () => {
    const id = await issue({ placeId: newId() });
    lab.control.fail('busy', 2);
    await register();
    clock.pass(86_500_000);
    await register();
    clock.pass(-86_500_000);
    expect((await read(id)).receipt).toMatchObject({ state: 'failed', failure: 'busy: busy' });
  });

  it('gets every receipt once, whatever happens, from two processes', async () => {
    const places = [newId(), newId(), newId()];
    const ids = await Promise.all(Array.from({ length: 30 }, (_, at) => issue({ placeId: places[at % 3] ?? null })));
    for (const fault of ['busy', 'timeout-after', 'ofd-error', 'paper-end', 'timeout-before'] as const)
      lab.control.fail(fault, 2, 500);
    for (let round = 0; round < 30; round += 1) {
      await Promise.all([register(), register(other)]);
      clock.pass(61_000);
    }
    for (const id of ids) expect(printed(id)).toBe(1);
    const lanes = places.map((place) =>
      lab.control.registered.filter(({ lane }) => lane === place).map(({ id }) => id),
    );
    for (const lane of lanes) expect(lane).toEqual(lane.toSorted());
  });
});

describe('54-FZ', () => {
  it('takes back by the tags of the sale, after it, and names its sign (T45)', async () => {
    const id = await issue({ lines: [{ ...line, method: 1 }] });
    const one: ReceiptLine = { ...line, quantity: 1, totalMinor: 3_333, vat: '22', method: 4 };
    const back = await issue({ type: 'sale-refund', originalId: id, lines: [one] });
    await register();
    const sale = await read(id);
    const refund = await read(back);
    expect(refund.receipt).toMatchObject({ state: 'registered', originalId: id });
    expect(refund.document).toMatchObject({
      '1054': 2,
      '1192': sale.receipt['fiscalSign'],
      '1059': [{ '1199': 3, '1214': 1 }],
    });
    // More than was sold: the register refuses it.
    const more = await issue({ type: 'sale-refund', originalId: id, lines: [{ ...line, quantity: 3 }] });
    await register();
    expect((await read(more)).receipt).toMatchObject({
      state: 'failed',
      failure: expect.stringContaining('more comes back'),
    });
  });

  it('does not take back what was never registered', async () => {
    const placeId = newId();
    const id = await issue({ placeId, lines: [{ ...line, quantity: 1, subject: 33 }] });
    const back = await issue({
      placeId,
      type: 'sale-refund',
      originalId: id,
      lines: [{ ...line, quantity: 1, subject: 33 }],
    });
    await register();
    expect((await read(back)).receipt).toMatchObject({ state: 'failed', failure: 'original-not-registered' });
  });

  it('has the whole way of a prepaid pickup with a gift card (T43, T44)', async () => {
    const placeId = newId();
    const card = await issue({ placeId, lines: [{ ...line, title: 'Подарочная карта', quantity: 1, subject: 10 }] });
    const before = await issue({ lines: [{ ...line, method: 1 }], cardMinor: 4_000, prepaidMinor: 6_000 });
    const handed = await issue({ placeId, contact: null, cardMinor: 0, prepaidMinor: 10_000 });
    await register();
    for (const id of [card, before, handed]) expect((await read(id)).receipt).toMatchObject({ state: 'registered' });
    expect((await read(card)).document).toMatchObject({ '1059': [{ '1212': 10, '1214': 3 }] });
  });

  it('sells gift cards by the method that is set, from then on (T43)', async () => {
    const { body } = await owner.ask('GET', '/v1/receipt-setting');
    const { setting, version } = body as unknown as { setting: Record<string, unknown>; version: number };
    expect(setting).toMatchObject({ giftCardMethod: 3, taxSystem: 1, rounding: 'half-up' });
    const changed = { setting: { ...setting, giftCardMethod: 1, site: 'https://mayak.example' }, version };
    expect(await owner.ask('PUT', '/v1/receipt-setting', changed)).toMatchObject({
      status: 200,
      body: { version: version + 1 },
    });
    expect(await owner.ask('PUT', '/v1/receipt-setting', changed)).toMatchObject({ status: 409 });
    const id = await issue({ lines: [{ ...line, quantity: 1, subject: 10 }] });
    expect((await read(id)).document).toMatchObject({ '1187': 'https://mayak.example', '1059': [{ '1214': 1 }] });
  });
});

it('keeps the sums of an erased person and loses her address once it is registered (T30)', async () => {
  const customerId = newId();
  const id = await issue({ customerId });
  const slice = house.slices.find(({ name }) => name === 'receipt');
  const shown = await house.db.tx(async (tx) => slice?.export?.(tx, [customerId]));
  expect(shown).toMatchObject({ receipts: [{ id, totalMinor: 10_000 }] });
  await house.db.tx(async (tx) => slice?.erase?.(tx, [customerId]));
  await register();
  const { receipt, document } = await read(id);
  expect(receipt).toMatchObject({ state: 'registered', totalMinor: 10_000 });
  expect(document['1008']).toBeUndefined();
});

it('waits, and says so, where no cash register is configured', async () => {
  const bare = await openTestHouse({ slices: [identity, staff, openReceipt(undefined)], clock });
  try {
    const visitor = await signInOwner(bare);
    const id = await issue({}, bare);
    await register(bare);
    const { body } = await visitor.ask('GET', `/v1/receipts/${id}`);
    expect(body).toMatchObject({ receipt: { state: 'queued', failure: 'no-register', tries: 0 } });
    const health = await bare.slices.find(({ name }) => name === 'receipt')?.health?.(bare);
    expect(health).toEqual({ ok: true, detail: 'no cash register configured; receipts waiting: 1' });
  } finally {
    await bare.close();
  }
});
