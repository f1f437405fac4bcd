import { parseArgs } from 'node:util';
import { runImportCatalog, runImportPrices, runImportStock } from './command-import.ts';
import { runDemo, runImportCustomers, runImportReceipts, runLink, runLinkage } from './command.ts';
import { UsageError } from './mapping.ts';

const usage = `Ruslo commands:

  npm run ruslo -- import receipts FILE [options]    till receipts, CSV or CSV.gz, one line of the file = one line of a receipt
  npm run ruslo -- import customers FILE [options]   customers of another system; afterwards linkage joins who is one person
  npm run ruslo -- import catalog FILE [options]     products: CSV, or YML (the Yandex Market feed, .yml or .xml); each may be .gz
  npm run ruslo -- import prices FILE [options]      CSV: sku, price; and oldPrice, list, from, until where there are such
  npm run ruslo -- import stock FILE [options]       CSV: sku, place, quantity (pieces, or kilograms of goods by weight)
  npm run ruslo -- demo [--customers N] [--seed S]   the demo brand Маяк; 10,000 customers by default
  npm run ruslo -- link                              joins and suggests among all customers in the database
  npm run ruslo -- linkage FILE --truth COLUMN [--train]   measures linkage on a file, without a database

Options of the imports:
  --map FIELD=COLUMN     which column is which field; may be repeated. --map-file FILE.json: the same as {"field": "column"}
  --delimiter ";"        instead of a comma
  --system NAME          the other system; numbers and ids are unique within it (default: import)
  --restart              do not go on where an earlier run was stopped
Catalog, prices, stock: --dry-run  says what this would change, and changes nothing; sku may be an article or a barcode
Catalog: --force-vanish  withdraws what the file no longer has, also more than a fifth; --currency RUB; --map attribute.NAME=COLUMN
Receipts: --card-from COLUMN  makes a bonus card (EAN-13) of a number, --card-prefix 29; --currency RUB; --zone +03:00;
          --coupons FILE  which coupons were redeemed: household_id or card, coupon_upc or coupon, redemption_date or date
Customers: --proven phone,card  kinds that the other system has proved; --truth COLUMN  prints precision and recall; --no-link
Demo: --events N  events of a customer on average (18, or 4 beyond 100,000 customers; 0: customers only)
All: --data FOLDER  the data folder of the server (default: data)
`;

const options = {
  data: { type: 'string' },
  map: { type: 'string', multiple: true },
  'map-file': { type: 'string' },
  delimiter: { type: 'string' },
  system: { type: 'string' },
  restart: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  'force-vanish': { type: 'boolean' },
  'card-from': { type: 'string' },
  'card-prefix': { type: 'string' },
  currency: { type: 'string' },
  zone: { type: 'string' },
  coupons: { type: 'string' },
  proven: { type: 'string' },
  truth: { type: 'string' },
  train: { type: 'boolean' },
  'no-link': { type: 'boolean' },
  customers: { type: 'string' },
  seed: { type: 'string' },
  events: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [command, ...rest] = positionals;
  const [what, file] = rest;
  if (values.help === true || command === undefined) {
    process.stdout.write(usage);
    return values.help === true ? 0 : 2;
  }
  if (command === 'demo') await runDemo(values);
  else if (command === 'link') await runLink(values);
  else if (command === 'linkage' && what !== undefined) await runLinkage(what, values);
  else if (command === 'import' && what === 'receipts' && file !== undefined) await runImportReceipts(file, values);
  else if (command === 'import' && what === 'customers' && file !== undefined) await runImportCustomers(file, values);
  else if (command === 'import' && what === 'catalog' && file !== undefined) await runImportCatalog(file, values);
  else if (command === 'import' && what === 'prices' && file !== undefined) await runImportPrices(file, values);
  else if (command === 'import' && what === 'stock' && file !== undefined) await runImportStock(file, values);
  else throw new UsageError(`no such command: ${positionals.join(' ')}`);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  // A broken file (CSV_…, Z_…) is the file's fault, and needs no stack either.
  const isFile = /^(?:CSV_|Z_|ENOENT|EACCES|EISDIR)/.test(String(code));
  const isUsage = error instanceof UsageError || String(code).startsWith('ERR_PARSE_ARGS');
  // A message for who typed it; the stack only for what nobody foresaw.
  process.stderr.write(
    isUsage || isFile
      ? `${error instanceof Error ? error.message : String(error)}\n${isUsage ? `\n${usage}` : ''}`
      : `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = isUsage ? 2 : 1;
}
