import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkDocument, openFiscalLab } from './index.ts';
import type { Document, FiscalLab } from './index.ts';

let lab: FiscalLab;
let atMs = Date.parse('2026-05-04T10:00:00Z');
let count = 0;

beforeAll(async () => {
  lab = await openFiscalLab({ now: () => new Date(atMs) });
});
afterAll(() => lab.close());

const item = {
  '1030': 'Чехол',
  '1079': 12_000,
  '1023': 2,
  '1043': 24_000,
  '1199': 1,
  '1200': 4_000,
  '1214': 4,
  '1212': 1,
  '2108': 0,
};
const sale: Document = {
  '1054': 1,
  '1055': 1,
  '1011': 2,
  '1059': [item],
  '1020': 24_000,
  '1031': 24_000,
  '1081': 0,
  '1215': 0,
  '1216': 0,
  '1217': 0,
  '1102': 4_000,
  '1209': 4,
};
const refund = (more: Record<string, unknown> = {}, sign?: unknown): Document => ({
  ...sale,
  '1054': 2,
  '1059': [{ ...item, '1023': 1, '1043': 12_000, '1200': 2_000, ...more }],
  '1020': 12_000,
  '1031': 12_000,
  '1102': 2_000,
  ...(sign !== undefined && { '1192': sign }),
});

const post = async (path: string, body: unknown = {}): Promise<{ status: number; body: Record<string, unknown> }> => {
  const response = await fetch(`${lab.url}/registers/till-1${path}`, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const print = (
  document: Document,
  id = `receipt-${(count += 1)}`,
): Promise<{ status: number; body: Record<string, unknown> }> => post('/documents', { id, document });

describe('a document', () => {
  it('is right as it is', () => expect(() => checkDocument(sale)).not.toThrow());

  const wrong: readonly (readonly [string, Document])[] = [
    ['1059: 1 to 1,000 items', { ...sale, '1059': [] }],
    ['1054', { ...sale, '1054': 3 }],
    ['1055', { ...sale, '1055': 3 }],
    ['1209', { ...sale, '1209': 3 }],
    ['1011', { ...sale, '1011': 0 }],
    ['9999: has no place', { ...sale, '9999': 1 }],
    ['1020: the items sum to 24000', { ...sale, '1020': 24_001, '1031': 24_001 }],
    ['1031: the payments sum to 23999', { ...sale, '1031': 23_999 }],
    ['1102: the items have 4000', { ...sale, '1102': 4_001 }],
    ['1102', { ...sale, '1102': undefined }],
    ['1103: no item has this rate', { ...sale, '1103': 1 }],
    ['1115: no item has this rate', { ...sale, '1115': [{ '1199': 11, '1120': 1 }] }],
    ['1008: a phone', { ...sale, '1008': '89001234567' }],
    ['1008: a sale on line needs it', { ...sale, '1125': 1, '1187': 'https://a.example' }],
    ['1187: a sale on line names its site', { ...sale, '1125': 1, '1008': 'a@b.example' }],
    ['1020: whole kopecks', { ...sale, '1020': 24_000.5 }],
    ...(
      [
        ['1043: 12000 × 2 is not 24001', { '1043': 24_001 }],
        ['1200: VAT within 24000 is 4000', { '1200': 3_999 }],
        ['1200: whole kopecks', { '1200': undefined }],
        ['1200: no VAT within', { '1199': 6 }],
        ['1199: what is paid before', { '1214': 1 }],
        ['1199: a full settlement', { '1199': 3 }],
        ['1212: an advance is subject 10', { '1214': 3, '1199': 3 }],
        ['1212: 99 is not allowed', { '1212': 99 }],
        ['1214: 8 is not allowed', { '1214': 8 }],
        ['2000: a marked good needs its code', { '1212': 33 }],
        ['1023: a marking code is of one piece', { '1212': 33, '2000': '0104' }],
        ['1023: pieces are whole', { '1023': 2.5, '1043': 30_000 }],
        ['1023: at most three decimals', { '1023': 0.0001, '2108': 11 }],
        ['2108', { '2108': 5 }],
        ['1030', { '1030': '' }],
        ['1079', { '1079': -1 }],
        ['1031', { '1031': 5 }],
      ] as const
    ).map(([what, change]) => [what, { ...sale, '1059': [{ ...item, ...change }] }] as const),
  ];
  it.each(wrong)('is refused for %s', (what, document) => {
    expect(() => checkDocument(document)).toThrow(what);
  });

  it('by weight has its price rounded half up', () => {
    const coffee = { ...item, '1079': 35_271, '1023': 0.35, '1043': 12_345, '1199': 6, '1200': undefined, '2108': 11 };
    const { '1200': _none, ...rest } = coffee;
    expect(() =>
      checkDocument({ ...sale, '1059': [rest], '1020': 12_345, '1031': 12_345, '1102': undefined, '1105': 12_345 }),
    ).not.toThrow();
  });
});

describe('a register of the lab', () => {
  it('wants an open shift, which lasts a day', async () => {
    expect(await print(sale)).toMatchObject({ status: 409, body: { code: 'shift-closed' } });
    expect((await post('/shift/open')).status).toBe(200);
    expect(await post('/shift/open')).toMatchObject({ status: 409, body: { code: 'shift-open' } });
    expect(await print(sale)).toMatchObject({ status: 200, body: { number: 'till-1-1' } });
    atMs += 86_400_000;
    expect(await print(sale)).toMatchObject({ status: 409, body: { code: 'shift-expired' } });
    expect((await post('/shift/close')).status).toBe(200);
    expect((await post('/shift/open')).status).toBe(200);
  });

  it('prints one id once, and gives the first registration again', async () => {
    const first = await print(sale, 'the-same-id');
    expect(first.body).toMatchObject({ fiscalSign: expect.stringMatching(/^\d{10}$/) });
    expect(await print(sale, 'the-same-id')).toEqual(first);
    expect(await print(refund(), 'the-same-id')).toMatchObject({ status: 422, body: { code: 'id-used' } });
    expect(await post('/documents', { id: 'the-same-id', document: sale, extra: 1 })).toMatchObject({ status: 422 });
  });

  it('takes back what was sold, with its tags, and not more', async () => {
    const { body } = await print(sale);
    const sign = body['fiscalSign'];
    expect(await print(refund({}, '0000000000'))).toMatchObject({ status: 422 });
    expect(await print(refund({ '1212': 4 }, sign))).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('not sold with these tags') },
    });
    expect((await print(refund({}, sign))).status).toBe(200);
    expect((await print(refund({}, sign))).status).toBe(200);
    expect(await print(refund({}, sign))).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('more comes back') },
    });
  });

  it('fails on demand, before or after it has printed', async () => {
    const printed = (): number => lab.control.registered.length;
    const before = printed();
    lab.control.fail('busy');
    expect(await print(sale, 'troubled')).toMatchObject({ status: 503, body: { code: 'busy' } });
    lab.control.paper = false;
    expect(await print(sale, 'troubled')).toMatchObject({ status: 503, body: { code: 'paper-end' } });
    lab.control.paper = true;
    lab.control.fail('timeout-before', 1, 10);
    await expect(print(sale, 'troubled')).rejects.toThrow();
    expect(printed()).toBe(before);
    lab.control.fail('timeout-after', 1, 10);
    await expect(print(sale, 'troubled')).rejects.toThrow();
    expect(printed()).toBe(before + 1);
    expect((await print(sale, 'troubled')).status).toBe(200);
    lab.control.fail('ofd-error');
    expect(await print(sale, 'troubled-2')).toMatchObject({ status: 502 });
    expect((await print(sale, 'troubled-2')).status).toBe(200);
    expect(printed()).toBe(before + 2);
  });
});
