export { loadDemo } from './demo/load.ts';
export type { DemoOptions, DemoResult } from './demo/load.ts';
export { importCatalog } from './import-catalog.ts';
