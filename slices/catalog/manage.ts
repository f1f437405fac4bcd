import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { newId } from '@ruslo/platform';
import type { Caller, House, Query, Tx } from '@ruslo/platform';
import { refreshDocs } from './doc.ts';
import { saveProducts } from './save.ts';
import type { Told } from './save.ts';
import type { AttributeRow, AttributeValues, ProductRow } from './row.ts';
import { variantsChanged } from './shelf.ts';
import { insertList, owners, updateList } from './store-manage.ts';
import type { ListFields } from './store-manage.ts';
import { loadPriceLists } from './store-read.ts';
import { loadAttributes, loadProducts } from './store-save.ts';

/** What staff change one at a time: the same saving as an import's, with refusals instead of a report. */

export const toldBy = (house: House, caller: Caller): Told => ({
  at: house.clock.now(),
  by: caller.kind === 'anonymous' ? 'anonymous' : `${caller.kind}:${caller.id}`,
});

const fits = (declared: AttributeRow, value: string | number | boolean): boolean =>
  declared.type === 'number'
    ? typeof value === 'number'
    : declared.type === 'boolean'
      ? typeof value === 'boolean'
      : typeof value === 'string' && (declared.type === 'text' || declared.options.includes(value));

/** The first value that no declaration allows. */
function undeclared(
  attributes: readonly AttributeRow[],
  values: AttributeValues | undefined,
  level: AttributeRow['level'],
): string | undefined {
  const byKey = new Map(attributes.filter((one) => one.level === level).map((one) => [one.key, one]));
  return Object.entries(values ?? {}).find(([key, value]) => {
    const declared = byKey.get(key);
    return declared === undefined || !fits(declared, value);
  })?.[0];
}

async function checkAttributes(query: Query, row: ProductRow): Promise<string | undefined> {
  const attributes = await loadAttributes(query);
  const wrong = undeclared(attributes, row.attributes, 'product');
  if (wrong !== undefined) return wrong;
  for (const variant of row.variants) {
    const other = undeclared(attributes, variant.attributes, 'variant');
    if (other !== undefined) return other;
  }
  return undefined;
}

/** Makes or changes one product; what is searched is up to date when this commits. */
export async function saveProduct(
  house: House,
  tx: Tx,
  row: ProductRow,
  told: Told,
  isNew: boolean,
): Promise<Result<{ id: string }>> {
  const there = (await loadProducts(tx, [row.code], true)).length > 0;
  if (isNew && there) return refuse('catalog.code-in-use', 409, { code: row.code });
  const wrong = await checkAttributes(tx, row);
  if (wrong !== undefined) return refuse('catalog.bad-attribute', 422, { key: wrong });
  const taken = (await owners(tx, row.variants.map((variant) => variant.sku))).find((one) => one.productCode !== row.code); // prettier-ignore
  if (taken !== undefined) return refuse('catalog.sku-taken', 409, { sku: taken.sku });
  const [saved] = await saveProducts(house, tx, [row], told);
  // Somebody made it after we had looked.
  if (isNew && saved?.outcome !== 'new' && saved?.outcome !== 'refused')
    return refuse('catalog.code-in-use', 409, { code: row.code });
  const refused = [saved, ...(saved?.variants ?? [])].find((one) => one?.code !== undefined);
  if (saved?.id === undefined || refused?.code !== undefined)
    return refuse(refused?.code ?? 'catalog.not-found', refused?.code === 'catalog.code-taken' ? 409 : 422);
  await refreshDocs(tx, [saved.id], told.at);
  return ok({ id: saved.id });
}

const moment = (text: string | null | undefined): Date | null => (text ? new Date(text) : null);

export interface ListPatch {
  readonly name?: string | undefined;
  readonly priority?: number | undefined;
  readonly channels?: readonly string[] | undefined;
  readonly customerGroups?: readonly string[] | undefined;
  readonly from?: string | null | undefined;
  readonly until?: string | null | undefined;
  readonly state?: 'active' | 'withdrawn' | undefined;
}

function merged(old: ListFields, patch: ListPatch): ListFields {
  return {
    name: patch.name ?? old.name,
    priority: patch.priority ?? old.priority,
    channels: patch.channels ?? old.channels,
    customerGroups: patch.customerGroups ?? old.customerGroups,
    from: patch.from === undefined ? old.from : moment(patch.from),
    until: patch.until === undefined ? old.until : moment(patch.until),
    state: patch.state ?? old.state,
  };
}

const nothing: ListFields = { name: '', priority: 1, channels: [], customerGroups: [], from: null, until: null, state: 'active' }; // prettier-ignore

const isBackwards = ({ from, until }: ListFields): boolean => from !== null && until !== null && until <= from;

export async function makeList(tx: Tx, code: string, patch: ListPatch): Promise<Result<{ id: string }>> {
  const fields = merged(nothing, patch);
  if (isBackwards(fields)) return refuse('catalog.bad-period', 422);
  const [made] = await insertList(tx, newId(), code, fields);
  return made === undefined ? refuse('catalog.code-in-use', 409, { code }) : ok(made);
}

export async function changeList(house: House, tx: Tx, id: string, patch: ListPatch): Promise<Result<{ id: string }>> {
  await tx.query('select id from catalog.price_list where id = $1 for update', [id]);
  const [old] = await loadPriceLists(tx, id);
  if (old === undefined) return refuse('catalog.not-found', 404);
  // The price everywhere is for everybody, always: anything else is a list of its own.
  if (old.priority === 0 && Object.keys(patch).some((key) => key !== 'name'))
    return refuse('catalog.default-list', 422);
  const fields = merged(old, patch);
  if (isBackwards(fields)) return refuse('catalog.bad-period', 422);
  await updateList(tx, id, fields);
  await variantsChanged(house, tx);
  return ok({ id });
}
