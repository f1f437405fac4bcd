import type { Setting } from './contract.ts';
import { itemsOf, repeatTags, vatSums } from './rules.ts';
import type { Item, ReceiptLine, ReceiptType } from './rules.ts';

export interface Sheet {
  readonly type: ReceiptType;
  readonly placeId: string | null;
  readonly contact: string | null;
  readonly lines: readonly ReceiptLine[];
  readonly cashMinor: number;
  readonly cardMinor: number;
  readonly prepaidMinor: number;
  readonly creditMinor: number;
}

const set = (tag: string, value: string | number): Record<string, string | number> =>
  value === '' ? {} : { [tag]: value };

/** A phone as the format wants it, `+79001234567`; an e-mail as it is. */
function contactOf(text: string): string {
  const digits = text.replaceAll(/[\s()+-]/g, '');
  return /^\d{10,15}$/.test(digits) ? `+${digits}` : text.trim();
}

/** The FFD 1.2 document of a receipt. Throws when the tenders are not the sum of the lines: that is a bug of the caller. */
export function documentOf(
  sheet: Sheet,
  setting: Setting,
  original: Readonly<Record<string, unknown>> | undefined,
): { readonly totalMinor: number; readonly document: Readonly<Record<string, unknown>> } {
  const originalItems = (original?.['1059'] ?? []) as readonly Item[];
  const items = sheet.lines
    .flatMap((line) => itemsOf(line, setting.giftCardMethod, setting.rounding))
    .map((item) => (original === undefined ? item : repeatTags(item, originalItems, setting.rounding)));
  const totalMinor = items.reduce((sum, item) => sum + item['1043'], 0);
  const tendersMinor = sheet.cashMinor + sheet.cardMinor + sheet.prepaidMinor + sheet.creditMinor;
  if (tendersMinor !== totalMinor) throw new Error(`a receipt's tenders are ${tendersMinor}, its lines ${totalMinor}`);
  const isOnline = sheet.placeId === null;
  const document = {
    '1054': sheet.type === 'sale' ? 1 : 2,
    '1055': (original?.['1055'] as number | undefined) ?? setting.taxSystem,
    ...set('1048', setting.seller),
    ...set('1018', setting.sellerInn),
    ...set('1117', setting.senderEmail),
    '1011': setting.timeZone,
    ...(isOnline && { '1125': 1, ...set('1187', setting.site) }),
    ...(sheet.contact !== null && { '1008': contactOf(sheet.contact) }),
    '1059': items,
    '1020': totalMinor,
    '1031': sheet.cashMinor,
    '1081': sheet.cardMinor,
    '1215': sheet.prepaidMinor,
    '1216': sheet.creditMinor,
    '1217': 0,
    ...vatSums(items),
    '1209': 4, // the format: FFD 1.2
  };
  return { totalMinor, document };
}
