import { parseArgs } from 'node:util';
import { openPaymentLab } from './index.ts';

/** The lab's bank by hand: `node lab/payment/main.ts --port 4010 --webhook http://127.0.0.1:3000/v1/payments/card/webhook` */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4010' },
    secret: { type: 'string', default: 'lab-secret' },
    webhook: { type: 'string' },
  },
});
const lab = await openPaymentLab({
  port: Number(values.port),
  secret: values.secret,
  ...(values.webhook !== undefined && { webhookUrl: values.webhook }),
});
process.stdout.write(`RUSLO_PAYMENT_URL=${lab.url} RUSLO_PAYMENT_SECRET=${lab.secret}\n`);
process.once('SIGINT', () => void lab.close());
