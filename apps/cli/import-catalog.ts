import {
  attributes,
  compareCategories,
  compareProducts,
  declareAttributes,
  indexProducts,
  saveCategories,
  saveProducts,
  variantsOfSource,
  withdrawVariants,
} from '@ruslo/catalog';
import type { ProductOutcome, ProductRow } from '@ruslo/catalog';
import { sqlState } from '@ruslo/platform';
import type { OpenHouse } from '@ruslo/platform';
import { readOffers } from './catalog-file.ts';
import { Checkpoint } from './checkpoint.ts';
import type { Counts } from './checkpoint.ts';
import { UsageError } from './mapping.ts';
import { readOffer } from './offer.ts';
import type { FileCategory, FoundAttribute, Offer } from './offer.ts';
import { openProgress } from './progress.ts';
import type { Output } from './progress.ts';
import { Seen } from './seen.ts';

export type ImportCatalogOptions = {
  file: string;
  map: readonly string[];
  mapFile?: string | undefined;
  delimiter: string;
  /** Names the feed: what it has no longer is withdrawn, other feeds' goods are not. */
  system: string;
  currency: string;
  restart: boolean;
  dryRun: boolean;
  /** Withdraw also when more than a fifth would go. */
  forceVanish: boolean;
  output?: Output | undefined;
};

/** `imported` = new and changed, `there` = unchanged. */
export type CatalogCounts = Counts & { new: number; changed: number; categories: number; attributes: number };
export type ImportCatalogSummary = CatalogCounts & {
  rejectedFile: string | undefined;
  resumedAt: number;
  /** Of the whole time, what search took to follow. */
  indexMs: number;
  /** For sale and no longer in the file. */
  vanished: number;
  withdrawn: number;
  /** Why nothing was withdrawn though something vanished. */
  brake: string | undefined;
  /** A few of each, for who looks before leaping. */
  examples: { new: string[]; changed: string[]; vanished: string[] };
  /** Said of rows that were taken all the same. */
  leftOut: Record<string, number>;
};

const batchSize = 1_000;
const mostExamples = 5;
const mostVanishShare = 0.2;

/**
 * Brings a catalogue in, CSV or YML: what is new is made, what differs is changed, what is the same is left alone, and what
 * this feed no longer has is withdrawn, unless that is too much.
 */
export async function importCatalog(house: OpenHouse, options: ImportCatalogOptions): Promise<ImportCatalogSummary> {
  if (!/^[a-z0-9][a-z0-9_.-]{0,39}$/.test(options.system))
    throw new UsageError('--system: small letters, digits, ".", "_", "-"; at most 40');
  return new CatalogImport(house, options).run();
}

class CatalogImport {
  readonly #house: OpenHouse;
  readonly #options: ImportCatalogOptions;
  readonly #counts: CatalogCounts = { rows: 0, imported: 0, there: 0, rejected: 0, new: 0, changed: 0, categories: 0, attributes: 0 }; // prettier-ignore
  readonly #examples: ImportCatalogSummary['examples'] = { new: [], changed: [], vanished: [] };
  readonly #leftOut: Record<string, number> = {};
  readonly #seen = new Seen();
  /** Products whose own fields were said already: the next variants of a group do not say them otherwise. */
  readonly #said = new Set<string>();
  readonly #declared = new Map<string, 'text' | 'number' | 'boolean' | 'option'>();
  readonly #categories = new Set<string>();
  #checkpoint: Checkpoint | undefined;
  #batch: { offer: Offer; row: ProductRow; attributes: readonly FoundAttribute[] }[] = [];
  #bad: { line: number; reason: string; raw: string }[] = [];

  constructor(house: OpenHouse, options: ImportCatalogOptions) {
    this.#house = house;
    this.#options = options;
  }

  async run(): Promise<ImportCatalogSummary> {
    const { output: _output, restart, dryRun, forceVanish: _force, ...told } = this.#options;
    // A dry run leaves no trace, not even beside the file.
    if (!dryRun)
      this.#checkpoint = await Checkpoint.open(this.#options.file, told, restart, this.#house.config.dataFolder);
    const resumed = this.#checkpoint?.resumed;
    Object.assign(this.#counts, resumed?.counts);
    const done = resumed?.done ?? 0;
    for (const one of await attributes(this.#house.db)) this.#declared.set(one.key, one.type);
    const fault = await this.#read(done);
    const vanish = await this.#vanish(fault);
    this.#checkpoint?.finish();
    const fromMs = performance.now();
    if (!dryRun) await this.#index();
    const indexMs = performance.now() - fromMs;
    const rejectedFile = this.#counts.rejected > 0 ? this.#checkpoint?.rejectedPath : undefined;
    return {
      ...this.#counts,
      ...vanish,
      rejectedFile,
      resumedAt: done,
      indexMs,
      examples: this.#examples,
      leftOut: this.#leftOut,
    };
  }

  /** Reads the file to its end; returns what is wrong with it as a whole. */
  async #read(done: number): Promise<string | undefined> {
    const file = await readOffers(this.#options);
    const progress = openProgress(
      this.#options.dryRun ? 'comparing' : 'importing',
      file.bytes,
      this.#options.output,
      done,
    );
    let rows = 0;
    const settle = async (): Promise<void> => {
      this.#counts.rows = rows;
      await this.#settle(rows);
      progress.show(file.readBytes(), rows);
    };
    // A parent may stand after its child: they are saved together, before the first offer.
    const waiting: FileCategory[] = [];
    for await (const { categories, offers } of file.parts()) {
      waiting.push(...categories);
      if (offers.length > 0 && waiting.length > 0) await this.#saveCategories(waiting.splice(0));
      for (const offer of offers) {
        if (rows >= done && this.#batch.length + this.#bad.length >= batchSize) await settle();
        rows += 1;
        if (offer.sku !== '') this.#seen.add(offer.sku);
        const read = rows <= done && offer.group === '' ? undefined : readOffer(offer, this.#options.system, this.#options.currency); // prettier-ignore
        if (rows <= done) {
          if (read !== undefined && typeof read !== 'string') this.#said.add(read.row.code);
        } else if (typeof read === 'string') this.#bad.push({ line: offer.line, reason: read, raw: offer.raw });
        else if (read !== undefined) this.#batch.push({ offer, ...read });
      }
    }
    await settle();
    progress.show(file.bytes, rows);
    progress.end();
    return file.fault();
  }

  async #saveCategories(categories: readonly FileCategory[]): Promise<void> {
    const { system, dryRun } = this.#options;
    const rows = categories.map(({ line: _line, ...row }) => ({ ...row, code: `${system}:${row.code}`, parentCode: row.parentCode === null ? null : `${system}:${row.parentCode}` })); // prettier-ignore
    const outcomes = dryRun
      ? await compareCategories(this.#house.db, rows)
      : await this.#house.db.retry((tx) => saveCategories(this.#house, tx, rows));
    for (const { outcome, code } of outcomes) {
      if (outcome === 'refused') this.#note(`category: its parent is unknown, or it stands below itself`);
      else this.#categories.add(code);
      if (outcome === 'new' || outcome === 'changed') this.#counts.categories += 1;
    }
  }

  #note(what: string): void {
    this.#leftOut[what] = (this.#leftOut[what] ?? 0) + 1;
  }

  /** Writes what has been read since the last time, in one transaction. */
  async #settle(rows: number): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    await this.#declare(batch.flatMap((one) => one.attributes));
    const groups = new Map<string, { row: ProductRow; offers: Offer[] }>();
    for (const { offer, row } of batch) this.#gather(groups, offer, row);
    const saved = await this.#save([...groups.values()]);
    const bad = this.#bad;
    this.#bad = [];
    for (const { outcome, offers } of saved) this.#count(outcome, offers, bad);
    this.#counts.rejected += bad.length;
    if (this.#options.dryRun) for (const { reason } of bad) this.#note(`rejected: ${reason}`);
    await this.#checkpoint?.reject(bad);
    this.#checkpoint?.save(rows, this.#counts);
  }

  /** Variants of a product come together; the first offer says what the product is. */
  #gather(groups: Map<string, { row: ProductRow; offers: Offer[] }>, offer: Offer, row: ProductRow): void {
    for (const values of [row.attributes, ...row.variants.map((variant) => variant.attributes)]) this.#fit(values);
    const categoryCode = row.categoryCode;
    if (typeof categoryCode === 'string' && !this.#categories.has(categoryCode)) {
      this.#note('a category that the file does not have');
      row = { ...row, categoryCode: null };
    }
    const group = groups.get(row.code);
    const [variant] = row.variants;
    if (group === undefined || variant === undefined) {
      groups.set(row.code, {
        row: this.#said.has(row.code) ? { code: row.code, variants: row.variants } : row,
        offers: [offer],
      });
      if (offer.group !== '') this.#said.add(row.code);
    } else if (group.row.variants.some((one) => one.sku === variant.sku))
      this.#reject(offer, 'the same id stands above');
    else {
      group.row.variants.push(variant);
      group.offers.push(offer);
    }
  }

  #reject(offer: Offer, reason: string): void {
    this.#bad.push({ line: offer.line, reason, raw: offer.raw });
  }

  /** Values as the declared type wants them; what does not fit is left out and told. */
  #fit(values: Record<string, string | number | boolean> | undefined): void {
    for (const [key, value] of Object.entries(values ?? {})) {
      const type = this.#declared.get(key);
      if (type === 'number' && typeof value === 'string') {
        const number = Number(value.replace(',', '.'));
        if (Number.isFinite(number) && values !== undefined) values[key] = number;
        else {
          delete values?.[key];
          this.#note(`attribute ${key}: not a number`);
        }
      } else if (type === 'text' && typeof value !== 'string' && values !== undefined) values[key] = String(value);
    }
  }

  async #declare(found: readonly FoundAttribute[]): Promise<void> {
    const fresh = new Map(found.filter((one) => !this.#declared.has(one.key)).map((one) => [one.key, one]));
    if (fresh.size === 0) return;
    const rows = [...fresh.values()].map((one) => ({
      key: one.key, labelRu: one.label, labelEn: one.label, type: one.isNumber ? ('number' as const) : ('text' as const), level: 'product' as const,
      measure: one.measure === '' ? null : one.measure, options: [], facetable: true, sort: 0,
    })); // prettier-ignore
    if (!this.#options.dryRun) await this.#house.db.retry((tx) => declareAttributes(tx, rows));
    this.#counts.attributes += rows.length;
    for (const one of rows) this.#declared.set(one.key, one.type);
  }

  async #save(
    groups: readonly { row: ProductRow; offers: Offer[] }[],
  ): Promise<{ outcome: ProductOutcome | string; offers: Offer[] }[]> {
    const rows = groups.map((group) => group.row);
    const told = { at: this.#house.clock.now(), by: 'import' };
    const outcomes: (ProductOutcome | string)[] = [];
    try {
      const saved = this.#options.dryRun
        ? await compareProducts(this.#house.db, await this.#withoutNewCategories(rows))
        : await this.#house.db.retry((tx) => saveProducts(this.#house, tx, rows, told));
      outcomes.push(...saved);
    } catch (error) {
      // Data that Postgres refuses: one by one, so that nothing is lost beside it. Anything else is no row's fault.
      if (!/^2[23]/.test(sqlState(error) ?? '')) throw error;
      for (const row of rows) outcomes.push(await this.#saveOne(row, told));
    }
    return groups.map(({ offers }, index) => ({ outcome: outcomes[index] ?? 'not saved', offers }));
  }

  /** In a dry run the categories of the file are not there yet. */
  async #withoutNewCategories(rows: readonly ProductRow[]): Promise<ProductRow[]> {
    const codes = [...new Set(rows.flatMap((row) => row.categoryCode ?? []))];
    const known = await compareCategories(this.#house.db, codes.map((code) => ({ code, parentCode: null, name: '-' }))); // prettier-ignore
    const fresh = new Set(known.filter((one) => one.outcome === 'new').map((one) => one.code));
    return rows.map((row) =>
      typeof row.categoryCode === 'string' && fresh.has(row.categoryCode) ? { ...row, categoryCode: null } : row,
    );
  }

  async #saveOne(row: ProductRow, told: { at: Date; by: string }): Promise<ProductOutcome | string> {
    try {
      const [outcome] = await this.#house.db.retry((tx) => saveProducts(this.#house, tx, [row], told));
      return outcome ?? 'not saved';
    } catch (error) {
      if (!/^2[23]/.test(sqlState(error) ?? '')) throw error;
      return error instanceof Error ? error.message : String(error);
    }
  }

  #count(
    outcome: ProductOutcome | string,
    offers: readonly Offer[],
    bad: { line: number; reason: string; raw: string }[],
  ): void {
    for (const [index, offer] of offers.entries()) {
      const one = typeof outcome === 'string' ? undefined : outcome.variants[index];
      if (one === undefined || one.outcome === 'refused') {
        bad.push({ line: offer.line, raw: offer.raw, reason: typeof outcome === 'string' ? outcome : (one?.why ?? outcome.why ?? 'refused') }); // prettier-ignore
        continue;
      }
      if (one.why !== undefined) this.#note(one.why.replace(/ .*, | \S+ is/, ' is'));
      if (one.outcome === 'unchanged') this.#counts.there += 1;
      else {
        this.#counts.imported += 1;
        this.#counts[one.outcome] += 1;
        const examples = this.#examples[one.outcome];
        if (examples.length < mostExamples) examples.push(`${one.sku} ${offer.title.slice(0, 60)}${one.changes.length > 0 ? `: ${[...new Set(one.changes)].join(', ')}` : ''}`); // prettier-ignore
      }
    }
  }

  /** What is for sale from this feed and not in the file any more. */
  async #vanish(fault: string | undefined): Promise<Pick<ImportCatalogSummary, 'vanished' | 'withdrawn' | 'brake'>> {
    const { system, forceVanish, dryRun } = this.#options;
    let forSale = 0;
    const gone: string[] = [];
    for (let after: string | null = null; ;) {
      const page: { id: string; sku: string; title: string }[] = await variantsOfSource(
        this.#house.db,
        system,
        after,
        5_000,
      );
      forSale += page.length;
      for (const { id, sku, title } of page) {
        if (this.#seen.has(sku)) continue;
        gone.push(id);
        if (this.#examples.vanished.length < mostExamples) this.#examples.vanished.push(`${sku} ${title.slice(0, 60)}`);
      }
      after = page.at(-1)?.id ?? null;
      if (page.length < 5_000) break;
    }
    const share = forSale === 0 ? 0 : gone.length / forSale;
    const brake =
      fault !== undefined
        ? `the file is not whole (${fault.split('\n')[0] ?? ''}): nothing was withdrawn`
        : share > mostVanishShare && !forceVanish
          ? `${gone.length} of ${forSale} for sale (${Math.round(share * 100)} %) are not in the file, more than ${mostVanishShare * 100} %: nothing was withdrawn. Is it the whole catalogue? Then --force-vanish`
          : undefined;
    if (brake !== undefined || dryRun) return { vanished: gone.length, withdrawn: 0, brake };
    let withdrawn = 0;
    for (let from = 0; from < gone.length; from += batchSize)
      withdrawn += await this.#house.db.retry((tx) => withdrawVariants(this.#house, tx, gone.slice(from, from + batchSize))); // prettier-ignore
    return { vanished: gone.length, withdrawn, brake };
  }

  /** What is searched follows at once: the server may not be running. */
  async #index(): Promise<void> {
    const progress = openProgress('indexing ', this.#counts.imported, this.#options.output);
    await indexProducts(this.#house, (done) => progress.show(done, done));
    progress.show(this.#counts.imported, this.#counts.imported);
    progress.end();
  }
}
