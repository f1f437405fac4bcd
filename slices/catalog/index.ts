import { duties } from './doc.ts';
import { routes } from './routes.ts';
import { manageRoutes } from './routes-manage.ts';
import { priceRoutes } from './routes-price.ts';
import type { Slice } from '@ruslo/platform';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

export { indexProducts } from './doc.ts';
export { attributeValues, categoryRow, productRow, variantRow } from './row.ts';
export type {
  AttributeRow,
  AttributeValues,
  CategoryRow,
  Outcome,
  PriceRow,
  ProductRow,
  RelationKind,
  RelationRow,
  VariantRow,
} from './row.ts';
export { comparePrices, compareProducts, savePrices, saveProducts } from './save.ts';
export type { PriceOutcome, ProductOutcome, Told, VariantOutcome } from './save.ts';
export { insertAttributes as declareAttributes, loadAttributes as attributes } from './store-save.ts';
export { compareCategories, relations, saveCategories, saveRelations } from './save-tree.ts';
export type { CategoryOutcome, Related, RelationOutcome } from './save-tree.ts';
export { shelf, variantsNow } from './shelf.ts';
export { findByCode as variantIdsByCode, findVariants as variantsByCode } from './store-variant.ts';
export type { CodedVariant } from './store-variant.ts';
export { attributeKey } from './term.ts';
export type { PriceContext, Variant, Vat } from './variant.ts';
export { variantsOfSource, withdrawVariants } from './withdraw.ts';

/** What is sold, and for how much. */
export const catalog: Slice = {
  name: 'catalog',
  migrations: new URL('./migrations/', import.meta.url),
  words: { ru, en },
  permissions: {
    'catalog.read': ['marketer', 'agent', 'associate', 'cashier', 'pickup', 'analyst', 'dpo', 'integrator'],
    'catalog.manage': ['marketer', 'integrator'],
    'price.manage': ['marketer', 'integrator'],
  },
  routes(app, house) {
    routes(app, house);
    manageRoutes(app, house);
    priceRoutes(app, house);
  },
  duties,
};
