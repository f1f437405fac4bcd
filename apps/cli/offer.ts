import { attributeKey, productRow } from '@ruslo/catalog';
import type { CategoryRow, ProductRow } from '@ruslo/catalog';
import { minorFromDecimal, mostMinor } from '@ruslo/kernel';

/** What a line of a catalogue file says, before it is a row of ours: all text, as it stands in the file. */
export interface Offer {
  readonly line: number;
  readonly raw: string;
  /** Why it could not be read. */
  readonly fault?: string | undefined;
  readonly sku: string;
  /** Offers of one group are variants of one product. */
  readonly group: string;
  readonly title: string;
  readonly description: string;
  readonly brand: string;
  /** Code of the category in the other system. */
  readonly category: string;
  readonly price: string;
  readonly oldPrice: string;
  readonly currency: string;
  readonly eans: readonly string[];
  readonly images: readonly string[];
  readonly unit: string;
  /** Kilograms. */
  readonly weight: string;
  readonly vat: string;
  readonly minAge: string;
  readonly marked: string;
  readonly warranty: string;
  readonly params: readonly { readonly name: string; readonly unit: string; readonly value: string }[];
}

export const emptyOffer: Omit<Offer, 'line' | 'raw'> = {
  sku: '', group: '', title: '', description: '', brand: '', category: '', price: '', oldPrice: '', currency: '', eans: [], images: [],
  unit: '', weight: '', vat: '', minAge: '', marked: '', warranty: '', params: [],
}; // prettier-ignore

export interface FileCategory extends CategoryRow {
  readonly line: number;
}

/** An attribute that the file has, to be declared when it is new. */
export interface FoundAttribute {
  readonly key: string;
  readonly label: string;
  readonly isNumber: boolean;
  readonly measure: string;
}

export interface ReadOffer {
  readonly row: ProductRow;
  readonly attributes: readonly FoundAttribute[];
}

// oxlint-disable-next-line no-control-regex -- taking control characters out is the purpose
const clean = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]+/gu, ' ').toWellFormed().trim(); // prettier-ignore
/** Descriptions come as HTML; what is searched and shown is text. */
const plain = (html: string): string =>
  clean(html.replaceAll(/<\s*(?:br|\/p|\/li|\/h\d)[^>]*>/gi, '\n').replaceAll(/<[^>]{0,2000}>/g, ' ').replaceAll(/[ \t]+/g, ' ')); // prettier-ignore

/** A sum as shops write it: 1 990,50 or 1990.5. */
export function minorOf(text: string): number | undefined {
  const minor = minorFromDecimal(text.replaceAll(/[\s\u00a0']/g, ''));
  return minor === undefined || minor < 0n || minor > BigInt(mostMinor) ? undefined : Number(minor);
}

const yes = /^(?:1|true|yes|да|y)$/i;
const currencies: Readonly<Record<string, string>> = { RUR: 'RUB', '': 'RUB' };

function vatOf(text: string): string | undefined {
  if (text === '') return undefined;
  if (/^(?:no|no_vat|none|без ндс|6)$/i.test(text)) return 'none';
  return /(\d+)(?:_1\d\d)?\s*%?$/.exec(text)?.[1];
}

/** Months of 12, P1Y, P6M, 2 года. */
function monthsOf(text: string): number | undefined {
  const iso = /^P(?:(\d+)Y)?(?:(\d+)M)?/i.exec(text);
  if (iso !== null) return Number(iso[1] ?? 0) * 12 + Number(iso[2] ?? 0) || undefined;
  const [, count, word] = /^(\d+)\s*(\p{L}*)/u.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (/^(?:г|лет|y)/i.test(word ?? '') ? 12 : 1);
}

const eanPattern = /^[0-9A-Za-z-]{4,40}$/;

/** An offer as a row of the catalogue; a string tells why it cannot be one. */
export function readOffer(offer: Offer, system: string, currency: string): ReadOffer | string {
  if (offer.fault !== undefined) return offer.fault;
  if (offer.sku === '') return 'no id';
  const priceMinor = offer.price === '' ? undefined : minorOf(offer.price);
  if (offer.price !== '' && priceMinor === undefined) return `not a price: "${offer.price.slice(0, 40)}"`;
  const own = offer.currency.toUpperCase();
  if ((currencies[own] ?? own) !== currency && own !== '')
    return `its currency is ${own}, the catalogue's is ${currency}`;
  const attributes: FoundAttribute[] = [];
  const values: Record<string, string | number | boolean> = {};
  for (const { name, unit, value } of offer.params) {
    const key = attributeKey(name);
    const text = clean(value).slice(0, 300);
    if (key === '' || text === '') continue;
    const number = Number(text.replace(',', '.'));
    const isNumber = unit !== '' && Number.isFinite(number);
    values[key] = isNumber ? number : text;
    attributes.push({ key, label: clean(name).slice(0, 120), isNumber, measure: clean(unit).slice(0, 20) });
  }
  const isGrouped = offer.group !== '';
  const title = clean(offer.title).slice(0, 300);
  const weight = Number(offer.weight.replace(',', '.'));
  const parsed = productRow.safeParse({
    code: `${system}:${isGrouped ? `group:${offer.group}` : offer.sku}`,
    title: title === '' ? undefined : title,
    description: plain(offer.description).slice(0, 20_000),
    brand: clean(offer.brand).slice(0, 120) || null,
    categoryCode: offer.category === '' ? null : `${system}:${offer.category}`,
    attributes: isGrouped ? undefined : values,
    media: offer.images.slice(0, 50).map((url) => ({ url: url.trim().slice(0, 1_000), alt: '' })),
    source: system,
    state: 'active',
    variants: [
      {
        sku: offer.sku,
        title: title === '' ? undefined : title,
        eans: offer.eans.map((code) => code.trim()).filter((code) => eanPattern.test(code)).slice(0, 50),
        unit: offer.unit === '' ? undefined : /^(?:weight|кг|kg|вес|г)/i.test(offer.unit) ? 'weight' : 'piece',
        weightG: offer.weight === '' || !(weight > 0) ? undefined : Math.max(1, Math.round(weight * 1_000)),
        vat: vatOf(offer.vat),
        minAge: /^\d{1,2}$/.test(offer.minAge) && Number(offer.minAge) > 0 ? Number(offer.minAge) : undefined,
        marked: offer.marked === '' ? undefined : yes.test(offer.marked),
        warrantyMonths: monthsOf(offer.warranty),
        attributes: isGrouped ? values : undefined,
        image: isGrouped ? (offer.images[0]?.trim().slice(0, 1_000) ?? null) : undefined,
        priceMinor,
        oldPriceMinor: offer.oldPrice === '' ? null : (minorOf(offer.oldPrice) ?? null),
        state: 'active',
      },
    ],
  }); // prettier-ignore
  if (parsed.success) return { row: parsed.data, attributes };
  const issue = parsed.error.issues[0];
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'cannot be read'}`;
}
