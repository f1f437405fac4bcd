import { openFiscalLab } from '@ruslo/lab-fiscal';
import type { FiscalLab } from '@ruslo/lab-fiscal';
import { DocumentRefused } from '@ruslo/receipt';
import type { FiscalPort } from '@ruslo/receipt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCashRegister } from './index.ts';

let lab: FiscalLab;
let port: FiscalPort;
let atMs = Date.parse('2026-05-04T10:00:00Z');

beforeAll(async () => {
  lab = await openFiscalLab({ now: () => new Date(atMs) });
  port = openCashRegister({ url: lab.url, timeoutMs: 300 });
});
afterAll(() => lab.close());

const item = { '1030': 'Чехол', '1079': 100, '1023': 1, '1043': 100, '1199': 6, '1214': 4, '1212': 1, '2108': 0 };
const tenders = { '1031': 100, '1081': 0, '1215': 0, '1216': 0, '1217': 0 };
const document = { '1054': 1, '1055': 1, '1011': 2, '1059': [item], '1020': 100, ...tenders, '1105': 100, '1209': 4 };

it('opens the shift it needs, once, and again after a day', async () => {
  expect(await port.register({ id: 'receipt-1', document, lane: 'till-1' })).toMatchObject({
    number: 'till-1-1',
    registeredAt: new Date(atMs),
  });
  expect(await port.register({ id: 'receipt-2', document, lane: 'till-1' })).toMatchObject({ number: 'till-1-2' });
  expect(lab.control.shiftsOpened).toBe(1);
  atMs += 86_400_000;
  expect(await port.register({ id: 'receipt-3', document, lane: 'till-1' })).toMatchObject({ number: 'till-1-3' });
  expect(lab.control.shiftsOpened).toBe(2);
});

it('has the first registration again after an answer that was lost', async () => {
  lab.control.fail('timeout-after', 1, 1_000);
  await expect(port.register({ id: 'receipt-4', document, lane: 'till-1' })).rejects.toThrow();
  expect(await port.register({ id: 'receipt-4', document, lane: 'till-1' })).toMatchObject({ number: 'till-1-4' });
});

it('tells what passes from what will never be taken', async () => {
  lab.control.fail('busy');
  await expect(port.register({ id: 'receipt-5', document, lane: 'till-1' })).rejects.not.toBeInstanceOf(
    DocumentRefused,
  );
  const wrong = { ...document, '1020': 99 };
  await expect(port.register({ id: 'receipt-6', document: wrong, lane: 'till-1' })).rejects.toBeInstanceOf(
    DocumentRefused,
  );
  const nobody = openCashRegister({ url: 'http://127.0.0.1:9' });
  await expect(nobody.register({ id: 'receipt-7', document, lane: 'till-1' })).rejects.not.toBeInstanceOf(
    DocumentRefused,
  );
});
