import { openCsv } from './csv-file.ts';
import { readMapping, UsageError } from './mapping.ts';
import { emptyOffer } from './offer.ts';
import type { FileCategory, Offer } from './offer.ts';
import { openYml } from './yml-file.ts';
import type { YmlFile } from './yml-file.ts';

const fields = [
  'sku', 'group', 'title', 'description', 'brand', 'category', 'price', 'oldPrice', 'currency', 'ean', 'image', 'unit', 'weight', 'vat', 'minAge',
  'marked', 'warranty',
] as const; // prettier-ignore

const aliases: Readonly<Record<string, readonly string[]>> = {
  sku: ['id', 'article', 'Артикул', 'артикул'],
  group: ['group_id', 'product', 'product_id'],
  title: ['name', 'Название', 'название', 'Наименование'],
  description: ['Описание'],
  brand: ['vendor', 'Бренд', 'бренд'],
  category: ['Категория', 'категория'],
  price: ['Цена', 'цена'],
  oldPrice: ['old_price', 'oldprice'],
  ean: ['barcode', 'Штрихкод', 'штрихкод'],
  image: ['picture', 'images', 'photo'],
  weight: ['weight_kg'],
  minAge: ['age', 'min_age'],
  warranty: ['warranty_months'],
};

export type CatalogFileOptions = {
  file: string;
  map: readonly string[];
  mapFile?: string | undefined;
  delimiter: string;
};

/** A catalogue file of either kind, by its name: YML (`.yml`, `.xml`) or CSV; each may be gzipped. */
export const readOffers = async (options: CatalogFileOptions): Promise<YmlFile> =>
  /\.(?:yml|xml|yaml)(?:\.gz)?$/i.test(options.file) ? openYml(options.file) : openOfferCsv(options);

const listed = (text: string): string[] => text.split(/[|;]|,(?=\s|https?:|\d{8,})/).map((one) => one.trim()).filter((one) => one !== ''); // prettier-ignore

/** CSV: one row an offer. `--map attribute.Цвет=color` takes a column as an attribute; a category is a path: `Техника > Чайники`. */
async function openOfferCsv(options: CatalogFileOptions): Promise<YmlFile> {
  const csv = await openCsv(options.file, options.delimiter);
  const extra = options.map.filter((one) => one.startsWith('attribute.'));
  const own = options.map.filter((one) => !one.startsWith('attribute.'));
  const params = extra.map((one) => {
    const at = one.indexOf('=');
    if (at < 11) throw new UsageError(`--map ${one}: expected attribute.NAME=column`);
    return { name: one.slice('attribute.'.length, at), column: one.slice(at + 1) };
  });
  return {
    bytes: csv.bytes,
    readBytes: () => csv.readBytes(),
    fault: () => undefined,
    async *parts() {
      let mapping: Awaited<ReturnType<typeof readMapping>> | undefined;
      const known = new Set<string>();
      for await (const { values, line, raw, fault } of csv.rows()) {
        if (values === undefined) {
          yield { categories: [], offers: [{ ...emptyOffer, line, raw, fault: fault ?? 'cannot be read' }] };
          continue;
        }
        mapping ??= await checked(Object.keys(values), options, own, params);
        const get = (field: string): string => values[mapping?.get(field) ?? ''] ?? '';
        const { code, categories } = path(get('category'), line, known);
        const found = params.map(({ name, column }) => ({ name, unit: '', value: values[column] ?? '' }));
        const offer: Offer = {
          line, raw, params: found, category: code, eans: listed(get('ean')), images: listed(get('image')),
          sku: get('sku'), group: get('group'), title: get('title'), description: get('description'), brand: get('brand'), price: get('price'),
          oldPrice: get('oldPrice'), currency: get('currency'), unit: get('unit'), weight: get('weight'), vat: get('vat'), minAge: get('minAge'),
          marked: get('marked'), warranty: get('warranty'),
        }; // prettier-ignore
        yield { categories, offers: [offer] };
      }
    },
  };
}

async function checked(
  columns: readonly string[],
  options: CatalogFileOptions,
  map: readonly string[],
  params: readonly { readonly column: string }[],
): ReturnType<typeof readMapping> {
  const mapping = await readMapping(fields, aliases, columns, options.mapFile, map);
  const missing = ['sku', 'title'].filter((field) => !mapping.has(field));
  if (missing.length > 0)
    throw new UsageError(`say which columns are: ${missing.join(', ')} (--map ${missing[0]}=COLUMN). The file has: ${columns.join(', ')}`); // prettier-ignore
  const lost = params.find(({ column }) => !columns.includes(column));
  if (lost !== undefined) throw new UsageError(`the file has no column "${lost.column}"`);
  return mapping;
}

/** The categories of a path, each with the path as its code, so that equal names in different places are two. */
function path(text: string, line: number, known: Set<string>): { code: string; categories: FileCategory[] } {
  const names = text.split('>').map((name) => name.trim()).filter((name) => name !== ''); // prettier-ignore
  const categories: FileCategory[] = [];
  let parent: string | null = null;
  for (const name of names) {
    const code: string = (parent === null ? name : `${parent} > ${name}`).toLowerCase().slice(0, 70);
    if (!known.has(code)) categories.push({ line, code, parentCode: parent, name: name.slice(0, 200) });
    known.add(code);
    parent = code;
  }
  return { code: parent ?? '', categories };
}
