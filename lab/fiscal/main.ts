import { parseArgs } from 'node:util';
import { openFiscalLab } from './index.ts';

/** The lab's cash registers by hand: `node lab/fiscal/main.ts --port 4020` */
const { values } = parseArgs({ options: { port: { type: 'string', default: '4020' } } });
const lab = await openFiscalLab({ port: Number(values.port) });
process.stdout.write(`RUSLO_FISCAL_URL=${lab.url}\n`);
process.once('SIGINT', () => void lab.close());
