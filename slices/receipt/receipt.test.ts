import { mulDiv } from '@ruslo/kernel';
import { checkDocument, checkRefund } from '@ruslo/lab-fiscal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settingSchema } from './contract.ts';
import { documentOf } from './document.ts';
import { itemsOf, partLine, rateTag, vatSums, vatWithin, waitMs } from './rules.ts';
import type { Item, ReceiptLine, SettlementMethod } from './rules.ts';
import type { Vat } from './vat.ts';

const setting = settingSchema.parse({ site: 'https://mayak.example' });
const unit = fc.constantFrom('piece', 'weight');
const vat = fc.constantFrom<Vat>('none', '0', '5', '7', '10', '20', '22');
const line = fc.record({
  title: fc.constantFrom('Кабель USB-C', 'Кофе в зёрнах', 'Чехол', 'Доставка'),
  quantity: fc.integer({ min: 1, max: 20_000 }),
  unit,
  totalMinor: fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 0, max: 1_000_000_000 })),
  vat,
  method: fc.constantFrom<SettlementMethod>(1, 4),
  subject: fc.constantFrom(1, 4),
}) satisfies fc.Arbitrary<ReceiptLine>;

describe('a line whose units cost differently', () => {
  it('is parted so that price × quantity is the sum to the kopeck, and nothing is lost', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        unit,
        fc.integer({ min: 0, max: 1_000_000_000_000 }),
        (quantity, of, total) => {
          const parts = partLine(quantity, of, total);
          expect(parts.length).toBeLessThanOrEqual(2);
          expect(parts.reduce((sum, part) => sum + part.totalMinor, 0)).toBe(total);
          expect(parts.reduce((sum, part) => sum + part.quantity, 0)).toBe(quantity);
          for (const part of parts) {
            expect(part.quantity).toBeGreaterThan(0);
            expect(part.priceMinor).toBeGreaterThanOrEqual(0);
            expect(mulDiv(part.priceMinor, part.quantity, of === 'weight' ? 1_000 : 1)).toBe(part.totalMinor);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('has the dearer units apart: three for 100.00', () => {
    expect(partLine(3, 'piece', 10_000)).toEqual([
      { quantity: 2, priceMinor: 3_333, totalMinor: 6_666 },
      { quantity: 1, priceMinor: 3_334, totalMinor: 3_334 },
    ]);
    expect(partLine(4, 'piece', 10_000)).toEqual([{ quantity: 4, priceMinor: 2_500, totalMinor: 10_000 }]);
    expect(partLine(350, 'weight', 12_345)).toEqual([{ quantity: 350, priceMinor: 35_271, totalMinor: 12_345 }]);
  });
});

describe('a document', () => {
  it('of any lines and tenders passes the register, and its sums are exact', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 12 }), fc.nat(), fc.boolean(), (lines, cut, online) => {
        const total = lines.reduce((sum, one) => sum + one.totalMinor, 0);
        const prepaidMinor = total === 0 ? 0 : cut % (total + 1);
        const sheet = {
          type: 'sale' as const,
          placeId: online ? null : 'place',
          contact: online ? '8 (900) 123-45-67'.replace('8', '+7') : null,
          lines,
          cashMinor: 0,
          cardMinor: total - prepaidMinor,
          prepaidMinor,
          creditMinor: 0,
        };
        const { document, totalMinor } = documentOf(sheet, setting, undefined);
        expect(totalMinor).toBe(total);
        checkDocument(JSON.parse(JSON.stringify(document)));
        const refund = documentOf({ ...sheet, type: 'sale-refund' }, setting, document).document;
        checkDocument(refund);
        checkRefund(document, [refund]);
      }),
      { numRuns: 300 },
    );
  });

  it('is refused as a bug when the tenders are not the sum of the lines', () => {
    const one = {
      title: 'Чехол',
      quantity: 1,
      unit: 'piece',
      totalMinor: 100,
      vat: '20',
      method: 4,
      subject: 1,
    } as const;
    const sheet = {
      type: 'sale',
      placeId: 'p',
      contact: null,
      lines: [one],
      cashMinor: 99,
      cardMinor: 0,
      prepaidMinor: 0,
      creditMinor: 0,
    } as const;
    expect(() => documentOf(sheet, setting, undefined)).toThrow(/tenders are 99, its lines 100/);
  });

  it('names the kinds of the law: golden', () => {
    const lines: ReceiptLine[] = [
      {
        title: 'Смартфон',
        quantity: 1,
        unit: 'piece',
        totalMinor: 4_999_000,
        vat: '22',
        method: 4,
        subject: 33,
        code: '010460406000600021N4N57RSCBUZTQ',
      },
      { title: 'Кофе в зёрнах', quantity: 350, unit: 'weight', totalMinor: 70_000, vat: '10', method: 4, subject: 1 },
      { title: 'Книга', quantity: 3, unit: 'piece', totalMinor: 10_000, vat: 'none', method: 4, subject: 1 },
    ];
    const { document } = documentOf(
      {
        type: 'sale',
        placeId: 'p',
        contact: '+7 900 123-45-67',
        lines,
        cashMinor: 79_000,
        cardMinor: 5_000_000,
        prepaidMinor: 0,
        creditMinor: 0,
      },
      settingSchema.parse({ seller: 'ООО «Маяк»', sellerInn: '7701234567' }),
      undefined,
    );
    expect(document).toEqual({
      '1054': 1,
      '1055': 1,
      '1048': 'ООО «Маяк»',
      '1018': '7701234567',
      '1011': 2,
      '1008': '+79001234567',
      '1059': [
        {
          '1030': 'Смартфон',
          '1079': 4_999_000,
          '1023': 1,
          '1043': 4_999_000,
          '1199': 11,
          '1200': 901_459,
          '1214': 4,
          '1212': 33,
          '2108': 0,
          '2000': '010460406000600021N4N57RSCBUZTQ',
        },
        {
          '1030': 'Кофе в зёрнах',
          '1079': 200_000,
          '1023': 0.35,
          '1043': 70_000,
          '1199': 2,
          '1200': 6_364,
          '1214': 4,
          '1212': 1,
          '2108': 11,
        },
        { '1030': 'Книга', '1079': 3_333, '1023': 2, '1043': 6_666, '1199': 6, '1214': 4, '1212': 1, '2108': 0 },
        { '1030': 'Книга', '1079': 3_334, '1023': 1, '1043': 3_334, '1199': 6, '1214': 4, '1212': 1, '2108': 0 },
      ],
      '1020': 5_079_000,
      '1031': 79_000,
      '1081': 5_000_000,
      '1215': 0,
      '1216': 0,
      '1217': 0,
      '1103': 6_364,
      '1105': 10_000,
      '1115': [{ '1199': 11, '1120': 901_459 }],
      '1209': 4,
    });
    checkDocument(document);
  });
});

describe('VAT', () => {
  it('within an amount is rounded half up, or half to even by the setting (T5)', () => {
    expect(vatWithin(120, 1, 'half-up')).toBe(20);
    // 5/105 of 210.50 is 10.02380…; of 10.50 exactly 0.5 of a unit
    expect(vatWithin(21_050, 7, 'half-up')).toBe(1_002);
    expect([vatWithin(3, 1, 'half-up'), vatWithin(3, 1, 'half-even')]).toEqual([1, 0]);
    expect([vatWithin(9, 1, 'half-up'), vatWithin(9, 1, 'half-even')]).toEqual([2, 2]);
  });

  it('is reckoned by 20/120 and its like in what is paid before, and has none where there is none', () => {
    expect((['20', '10', '5', '7', '22', '0', 'none'] as const).map((rate) => rateTag(rate, 1))).toEqual([
      3, 4, 9, 10, 12, 5, 6,
    ]);
    expect((['20', '10', '5', '7', '22', '0', 'none'] as const).map((rate) => rateTag(rate, 4))).toEqual([
      1, 2, 7, 8, 11, 5, 6,
    ]);
    expect(vatWithin(100, 5, 'half-up')).toBeUndefined();
    expect(vatWithin(100, 6, 'half-up')).toBeUndefined();
  });

  it('sums by rate are those of the items', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        const items: Item[] = lines.flatMap((one) => itemsOf(one, 3, 'half-up'));
        const sums = vatSums(items);
        const newer = (sums['1115'] ?? []) as { '1120': number }[];
        const named = Object.entries(sums).filter(([tag]) => tag !== '1115');
        const all =
          named.reduce((sum, [, minor]) => sum + Number(minor), 0) + newer.reduce((sum, row) => sum + row['1120'], 0);
        expect(all).toBe(items.reduce((sum, item) => sum + (item['1200'] ?? item['1043']), 0));
      }),
    );
  });
});

describe('54-FZ', () => {
  const gift: ReceiptLine = {
    title: 'Подарочная карта',
    quantity: 1,
    unit: 'piece',
    totalMinor: 500_000,
    vat: '20',
    method: 4,
    subject: 10,
  };
  const sheet = { placeId: 'p', contact: null, cashMinor: 0, cardMinor: 0, prepaidMinor: 0, creditMinor: 0 };

  it('sells a gift card as subject 10 by method 3, or as the setting says, and takes it as an offset of an advance (T43)', () => {
    const sold = (giftCardMethod: 1 | 2 | 3): Item | undefined =>
      (
        documentOf(
          { ...sheet, type: 'sale', lines: [gift], cardMinor: 500_000 },
          { ...setting, giftCardMethod },
          undefined,
        ).document['1059'] as Item[]
      )[0];
    expect(settingSchema.parse({}).giftCardMethod).toBe(3);
    expect(sold(3)).toMatchObject({ '1212': 10, '1214': 3, '1199': 3, '1200': 83_333 });
    expect(sold(1)).toMatchObject({ '1212': 10, '1214': 1, '1199': 3 });
    const goods: ReceiptLine = { ...gift, title: 'Чехол', totalMinor: 200_000, subject: 1 };
    const spent = documentOf(
      { ...sheet, type: 'sale', lines: [goods], cardMinor: 50_000, prepaidMinor: 150_000 },
      setting,
      undefined,
    ).document;
    expect(spent).toMatchObject({ '1215': 150_000, '1081': 50_000, '1020': 200_000 });
    checkDocument(spent);
  });

  it('has two receipts for what is paid before and handed over later (T44)', () => {
    const goods = (method: SettlementMethod): ReceiptLine => ({
      ...gift,
      title: 'Чехол',
      totalMinor: 99_900,
      subject: 1,
      method,
    });
    const before = documentOf(
      { ...sheet, placeId: null, contact: 'a@example.com', type: 'sale', lines: [goods(1)], cardMinor: 99_900 },
      setting,
      undefined,
    ).document;
    const handed = documentOf(
      { ...sheet, type: 'sale', lines: [goods(4)], prepaidMinor: 99_900 },
      setting,
      undefined,
    ).document;
    expect(before).toMatchObject({
      '1081': 99_900,
      '1215': 0,
      '1106': 16_650,
      '1125': 1,
      '1059': [{ '1214': 1, '1199': 3 }],
    });
    expect(handed).toMatchObject({ '1081': 0, '1215': 99_900, '1102': 16_650, '1059': [{ '1214': 4, '1199': 1 }] });
    checkDocument(before);
    checkDocument(handed);
  });

  it('repeats the tags of the sale in its refund, whatever has become of rate and setting since (T45)', () => {
    const sold: ReceiptLine[] = [
      { title: 'Чехол', quantity: 3, unit: 'piece', totalMinor: 10_000, vat: '20', method: 1, subject: 1 },
      { title: 'Настройка', quantity: 1, unit: 'piece', totalMinor: 50_000, vat: 'none', method: 4, subject: 4 },
    ];
    const sale = documentOf(
      { ...sheet, type: 'sale', lines: sold, cardMinor: 60_000 },
      { ...setting, taxSystem: 2 },
      undefined,
    ).document;
    const back: ReceiptLine[] = [
      { title: 'Чехол', quantity: 2, unit: 'piece', totalMinor: 6_667, vat: '22', method: 4, subject: 1 },
      { title: 'Настройка', quantity: 1, unit: 'piece', totalMinor: 50_000, vat: '22', method: 1, subject: 1 },
    ];
    const refund = documentOf(
      { ...sheet, type: 'sale-refund', lines: back, cardMinor: 56_667 },
      setting,
      sale,
    ).document;
    expect(refund).toMatchObject({ '1054': 2, '1055': 2, '1106': 1_112, '1105': 50_000 });
    expect(refund['1059']).toMatchObject([
      { '1023': 1, '1079': 3_333, '1199': 3, '1214': 1, '1212': 1 },
      { '1023': 1, '1079': 3_334, '1199': 3, '1214': 1, '1212': 1 },
      { '1199': 6, '1214': 4, '1212': 4 },
    ]);
    checkDocument(refund);
    checkRefund(sale, [refund]);
  });
});

it('waits longer each time, a minute at most', () => {
  expect([1, 2, 3, 7, 8, 100].map(waitMs)).toEqual([1_000, 2_000, 4_000, 60_000, 60_000, 60_000]);
});
