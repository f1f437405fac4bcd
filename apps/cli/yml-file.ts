import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { SaxesParser } from 'saxes';
import { emptyOffer } from './offer.ts';
import type { FileCategory, Offer } from './offer.ts';

/** What a Yandex Market feed is read as: categories first, then offers, in the order of the file. */
export type YmlPart = { readonly categories: FileCategory[]; readonly offers: Offer[] };

export interface YmlFile {
  readonly bytes: number;
  readBytes(): number;
  /** Parts of the file as they are read; memory does not grow with it. */
  parts(): AsyncIterable<YmlPart>;
  /** What is wrong with the file as a whole, such as an end in the middle; undefined when it is whole. */
  fault(): string | undefined;
}

/**
 * Shops write "Bits & pieces". The parser would take all up to the next semicolon for the name of an entity, so such an
 * ampersand goes through it as a character that no text has.
 */
const stray = '\ue0ff';
const strayPattern = /&(?!#?\w{1,12};)/g;
const restored = (text: string): string => (text.includes(stray) ? text.replaceAll(stray, '&') : text);

/** Longest text of one element: what is longer is a lost end tag. */
const maxText = 262_144;
/** Pictures, barcodes and parameters of one offer together. */
const maxParts = 2_000;

// Names that feeds use though XML knows only five.
const entities: Readonly<Record<string, string>> = {
  nbsp: '\u00a0', laquo: '«', raquo: '»', mdash: '—', ndash: '–', hellip: '…', copy: '©', reg: '®', trade: '™', deg: '°', times: '×',
  bull: '•', middot: '·', sup2: '²', sup3: '³', frac12: '½', plusmn: '±', euro: '€', ldquo: '“', rdquo: '”', lsquo: '‘', rsquo: '’',
}; // prettier-ignore

export async function openYml(path: string): Promise<YmlFile> {
  const { size } = await stat(path);
  const file = createReadStream(path, { highWaterMark: 262_144 });
  const reader = new OfferReader();
  return {
    bytes: size,
    readBytes: () => file.bytesRead,
    fault: () => reader.fault,
    async *parts() {
      const bytes = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
      if (bytes !== file) file.on('error', (error) => bytes.destroy(error));
      let decoder: InstanceType<typeof TextDecoder> | undefined;
      for await (const chunk of bytes as AsyncIterable<Buffer>) {
        decoder ??= new TextDecoder(encodingOf(chunk));
        reader.write(decoder.decode(chunk, { stream: true }));
        yield reader.take();
      }
      reader.end();
      yield reader.take();
    },
  };
}

/** As the declaration of the file says; feeds are UTF-8 or windows-1251. */
function encodingOf(chunk: Buffer): string {
  const head = chunk.subarray(0, 200).toString('latin1');
  const named = /<\?xml[^>]*encoding\s*=\s*["']([\w-]+)["']/i.exec(head)?.[1]?.toLowerCase() ?? 'utf-8';
  try {
    return new TextDecoder(named).encoding;
  } catch {
    return 'utf-8';
  }
}

type Draft = { -readonly [Key in keyof Offer]: Offer[Key] } & { prefix: string; model: string };

/** Reads tags as they come. Whatever is wrong inside an offer is that offer's fault, and the next one is read as usual. */
class OfferReader {
  fault: string | undefined;
  readonly #parser = new SaxesParser({ position: true });
  #categories: FileCategory[] = [];
  #offers: Offer[] = [];
  #offer: Draft | undefined;
  #category: { id: string; parent: string; line: number } | undefined;
  #text = '';
  #param = { name: '', unit: '' };
  #sort = 0;
  #isWhole = false;
  #tail = '';

  constructor() {
    const parser = this.#parser;
    Object.assign(parser.ENTITIES, entities);
    parser.on('opentag', ({ name, attributes }) => this.#open(name, attributes as Record<string, string>));
    parser.on('closetag', ({ name }) => this.#close(name));
    parser.on('text', (text) => this.#add(text));
    parser.on('cdata', (text) => this.#add(text));
    parser.on('error', (error) => {
      if (this.#offer !== undefined) this.#offer.fault ??= error.message;
      else if (!this.#isWhole) this.fault ??= error.message;
    });
  }

  write(text: string): void {
    const all = this.#tail + text;
    // What may be the beginning of an entity waits for the rest of it.
    const cut = /&[#\w]{0,12}$/.exec(all)?.index ?? all.length;
    this.#tail = all.slice(cut);
    this.#parser.write(all.slice(0, cut).replaceAll(strayPattern, stray));
  }

  end(): void {
    this.#parser.write(this.#tail.replaceAll(strayPattern, stray));
    if (!this.#isWhole) this.fault ??= 'the file ends before </offers>';
    this.#parser.close();
    if (this.#offer !== undefined) {
      this.#offers.push({ ...this.#offer, fault: 'the file ends in the middle of it' });
      this.#offer = undefined;
    }
  }

  take(): YmlPart {
    const part = { categories: this.#categories, offers: this.#offers };
    [this.#categories, this.#offers] = [[], []];
    return part;
  }

  #add(text: string): void {
    if (this.#text.length < maxText) this.#text += text;
    else if (this.#offer !== undefined) this.#offer.fault ??= 'a text without an end';
  }

  #open(name: string, attributes: Record<string, string>): void {
    this.#text = '';
    if (name === 'offer') {
      const id = attributes['id']?.trim() ?? '';
      const isUnclosed = this.#offer !== undefined;
      if (isUnclosed && this.#offer !== undefined) this.#offers.push({ ...this.#offer, fault: 'it has no end' });
      this.#offer = {
        ...emptyOffer, line: this.#parser.line, raw: `<offer id="${id}">`, sku: id, group: attributes['group_id']?.trim() ?? '',
        eans: [], images: [], params: [], prefix: '', model: '',
      }; // prettier-ignore
    } else if (name === 'category' && this.#offer === undefined)
      this.#category = { id: attributes['id']?.trim() ?? '', parent: attributes['parentId']?.trim() ?? '', line: this.#parser.line }; // prettier-ignore
    else if (name === 'param')
      this.#param = { name: restored(attributes['name'] ?? ''), unit: attributes['unit'] ?? '' };
    else if (name === 'age') this.#param = { name: '', unit: attributes['unit'] ?? 'year' };
  }

  #close(name: string): void {
    const text = restored(this.#text).trim();
    this.#text = '';
    if (name === 'offers') this.#isWhole = true;
    else if (name === 'category' && this.#category !== undefined) {
      const { id, parent, line } = this.#category;
      if (id !== '' && text !== '')
        this.#categories.push({ line, code: id, parentCode: parent === '' || parent === '0' ? null : parent, name: text.slice(0, 200), sort: this.#sort }); // prettier-ignore
      this.#sort += 1;
      this.#category = undefined;
    } else if (this.#offer !== undefined) {
      if (name === 'offer') this.#finish(this.#offer);
      else this.#put(this.#offer, name, text);
    }
  }

  #finish(offer: Draft): void {
    const { prefix, model, ...rest } = offer;
    const title = rest.title === '' ? [prefix, rest.brand, model].filter((part) => part !== '').join(' ') : rest.title;
    this.#offers.push({ ...rest, title });
    this.#offer = undefined;
  }

  #put(offer: Draft, name: string, text: string): void {
    if (name === 'name') offer.title = text;
    else if (name === 'typePrefix') offer.prefix = text;
    else if (name === 'model') offer.model = text;
    else if (name === 'vendor') offer.brand = text;
    else if (name === 'price') offer.price = text;
    else if (name === 'oldprice') offer.oldPrice = text;
    else if (name === 'currencyId') offer.currency = text;
    else if (name === 'categoryId') offer.category = text;
    else if (name === 'description') offer.description = text;
    else if (name === 'weight') offer.weight = text;
    else if (name === 'vat') offer.vat = text;
    else if (name === 'warranty-days' && /^P\d/.test(text)) offer.warranty = text;
    else if (name === 'age' && this.#param.unit !== 'month') offer.minAge = text;
    else if (name === 'cargo-types' && /CIS_REQUIRED/.test(text)) offer.marked = 'true';
    else if (offer.eans.length + offer.images.length + offer.params.length > maxParts)
      offer.fault ??= 'too many of its parts';
    else if (name === 'barcode') offer.eans = [...offer.eans, ...text.split(/[\s,;]+/).filter((one) => one !== '')];
    else if (name === 'picture' && text !== '') offer.images = [...offer.images, text];
    else if (name === 'param') offer.params = [...offer.params, { ...this.#param, value: text }];
  }
}
