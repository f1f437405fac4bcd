/** What a cash register checks of a document before it goes into the fiscal memory: FFD 1.2 by tag numbers. */

export type Document = Readonly<Record<string, unknown>>;

export class DocumentFault extends Error {
  readonly tag: string;

  constructor(tag: string, detail: string) {
    super(`${tag}: ${detail}`);
    this.tag = tag;
  }
}

const fault = (tag: string, detail: string): never => {
  throw new DocumentFault(tag, detail);
};

/** Percent by tag 1199. */
const percents: Readonly<Record<number, number>> = {
  1: 20,
  2: 10,
  3: 20,
  4: 10,
  5: 0,
  6: 0,
  7: 5,
  8: 7,
  9: 5,
  10: 7,
  11: 22,
  12: 22,
};
/** Rates reckoned within an amount paid before: 20/120 and its like. */
const reckoned = new Set([3, 4, 9, 10, 12]);
const plain = new Set([1, 2, 7, 8, 11]);
const sumTags: Readonly<Record<number, string>> = { 1: '1102', 2: '1103', 3: '1106', 4: '1107', 5: '1104', 6: '1105' };
const measures = new Set([
  0, 10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 70, 71, 72, 73, 80, 81, 82, 83, 255,
]);
/** Subjects that only go with a marking code. */
const marked = new Set([31, 33]);

const documentTags = new Set(
  '1008 1011 1018 1020 1031 1048 1054 1055 1059 1081 1102 1103 1104 1105 1106 1107 1115 1117 1125 1187 1192 1209 1215 1216 1217'.split(
    ' ',
  ),
);
const itemTags = new Set('1023 1030 1043 1079 1199 1200 1212 1214 2000 2108'.split(' '));

const money = (holder: Document, tag: string): number => {
  const value = holder[tag];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) return fault(tag, 'whole kopecks');
  return value;
};
const oneOf = (holder: Document, tag: string, allowed: ReadonlySet<number>): number => {
  const value = holder[tag];
  if (typeof value !== 'number' || !allowed.has(value)) return fault(tag, `${JSON.stringify(value)} is not allowed`);
  return value;
};

const roundHalfUp = (dividend: bigint, divisor: bigint): bigint => (2n * dividend + divisor) / (2n * divisor);
const vatOf = (minor: number, percent: number): number =>
  Number(roundHalfUp(BigInt(minor) * BigInt(percent), BigInt(100 + percent)));

const settings = {
  types: new Set([1, 2]),
  taxSystems: new Set([1, 2, 4, 16, 32]),
  rates: new Set(Object.keys(percents).map(Number)),
  methods: new Set([1, 2, 3, 4, 5, 6, 7]),
  subjects: new Set([...Array.from({ length: 27 }, (_, index) => index + 1), 30, 31, 32, 33]),
  zones: new Set(Array.from({ length: 11 }, (_, index) => index + 1)),
};

function checkItem(item: Document): void {
  const stranger = Object.keys(item).find((tag) => !itemTags.has(tag));
  if (stranger !== undefined) fault(stranger, 'has no place in an item');
  const title = item['1030'];
  if (typeof title !== 'string' || title.length === 0 || title.length > 128) fault('1030', '1 to 128 characters');
  const price = money(item, '1079');
  const sum = money(item, '1043');
  const quantity = item['1023'];
  if (typeof quantity !== 'number' || !(quantity > 0)) return fault('1023', 'more than nothing');
  const thousandths = Math.round(quantity * 1_000);
  if (Math.abs(quantity * 1_000 - thousandths) > 1e-6) fault('1023', 'at most three decimals');
  const measure = oneOf(item, '2108', measures);
  if (measure === 0 && thousandths % 1_000 !== 0) fault('1023', 'pieces are whole');
  if (roundHalfUp(BigInt(price) * BigInt(thousandths), 1_000n) !== BigInt(sum))
    fault('1043', `${price} × ${quantity} is not ${sum}`);
  const rate = oneOf(item, '1199', settings.rates);
  const method = oneOf(item, '1214', settings.methods);
  const subject = oneOf(item, '1212', settings.subjects);
  if (method <= 3 && plain.has(rate)) fault('1199', 'what is paid before has a reckoned rate');
  if (method === 4 && reckoned.has(rate)) fault('1199', 'a full settlement has a plain rate');
  if (method === 3 && subject !== 10) fault('1212', 'an advance is subject 10, payment');
  const percent = percents[rate] ?? 0;
  if (percent === 0 && item['1200'] !== undefined) fault('1200', 'no VAT within');
  if (percent > 0 && money(item, '1200') !== vatOf(sum, percent))
    fault('1200', `VAT within ${sum} is ${vatOf(sum, percent)}`);
  if (marked.has(subject) && typeof item['2000'] !== 'string') fault('2000', 'a marked good needs its code');
  if (item['2000'] !== undefined && (measure !== 0 || thousandths !== 1_000))
    fault('1023', 'a marking code is of one piece');
}

function checkSums(document: Document, items: readonly Document[]): void {
  const total = money(document, '1020');
  const lines = items.reduce((sum, item) => sum + money(item, '1043'), 0);
  if (lines !== total) fault('1020', `the items sum to ${lines}`);
  const tenders = ['1031', '1081', '1215', '1216', '1217'].reduce((sum, tag) => sum + money(document, tag), 0);
  if (tenders !== total) fault('1031', `the payments sum to ${tenders}, not ${total}`);
  const wanted = new Map<number, number>();
  for (const item of items) {
    const rate = Number(item['1199']);
    const amount = (percents[rate] ?? 0) > 0 ? money(item, '1200') : money(item, '1043');
    wanted.set(rate, (wanted.get(rate) ?? 0) + amount);
  }
  const newer = ((document['1115'] ?? []) as readonly Document[]).map(
    (row) => [Number(row['1199']), money(row, '1120')] as const,
  );
  for (const [rate, amount] of wanted) {
    const tag = sumTags[rate];
    const given = tag === undefined ? newer.find(([one]) => one === rate)?.[1] : document[tag];
    if (given !== amount) fault(tag ?? '1115', `the items have ${amount}`);
  }
  for (const [rate, tag] of Object.entries(sumTags))
    if (document[tag] !== undefined && !wanted.has(Number(rate))) fault(tag, 'no item has this rate');
  if (newer.some(([rate]) => !wanted.has(rate) || sumTags[rate] !== undefined)) fault('1115', 'no item has this rate');
}

/** Throws what is wrong with a document, by itself. */
export function checkDocument(document: Document): void {
  const stranger = Object.keys(document).find((tag) => !documentTags.has(tag));
  if (stranger !== undefined) fault(stranger, 'has no place in a receipt');
  oneOf(document, '1054', settings.types);
  oneOf(document, '1055', settings.taxSystems);
  oneOf(document, '1011', settings.zones);
  if (document['1209'] !== 4) fault('1209', 'FFD 1.2 is 4');
  const contact = document['1008'];
  if (contact !== undefined && !(typeof contact === 'string' && /^(\+\d{10,15}|[^\s@]+@[^\s@]+)$/.test(contact)))
    fault('1008', 'a phone such as +79001234567, or an e-mail');
  if (document['1125'] === 1) {
    if (contact === undefined) fault('1008', 'a sale on line needs it');
    if (typeof document['1187'] !== 'string') fault('1187', 'a sale on line names its site');
  } else if (document['1125'] !== undefined) fault('1125', '1 or nothing');
  const items = document['1059'];
  if (!Array.isArray(items) || items.length === 0 || items.length > 1_000) return fault('1059', '1 to 1,000 items');
  for (const item of items as Document[]) checkItem(item);
  checkSums(document, items as Document[]);
}

interface Sold {
  readonly quantity: number;
  readonly sumMinor: number;
}

const keyOf = (item: Document): string =>
  JSON.stringify([item['1030'], item['2108'], item['1199'], item['1214'], item['1212']]);

/** What items have by name, measure, rate, method and subject. */
export function tally(documents: readonly Document[]): Map<string, Sold> {
  const sold = new Map<string, Sold>();
  for (const item of documents.flatMap((document) => document['1059'] as Document[])) {
    const before = sold.get(keyOf(item)) ?? { quantity: 0, sumMinor: 0 };
    sold.set(keyOf(item), {
      quantity: before.quantity + Math.round(Number(item['1023']) * 1_000),
      sumMinor: before.sumMinor + Number(item['1043']),
    });
  }
  return sold;
}

/** Throws when a refund takes back what was not sold so, or more of it than was. */
export function checkRefund(sale: Document, refunds: readonly Document[]): void {
  const sold = tally([sale]);
  for (const [key, back] of tally(refunds)) {
    const was = sold.get(key);
    if (was === undefined) return fault('1059', `${key} was not sold with these tags`);
    if (back.quantity > was.quantity) fault('1023', `${key}: more comes back than was sold`);
    if (back.sumMinor > was.sumMinor) fault('1043', `${key}: more money goes back than was paid`);
  }
}
