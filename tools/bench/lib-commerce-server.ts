/** The server that the commerce bench loads, in a process of its own: `lib-commerce-server.ts POSTGRES_URL CARD_URL CARD_SECRET [followers]`. */
import { openApp, openHouse, readConfig } from '@ruslo/platform';
import { slices } from './lib-commerce-slices.ts';

const [postgresUrl = '', url = '', secret = '', followers] = process.argv.slice(2);
const house = openHouse({
  config: { ...readConfig({ port: '0' }, {}), logLevel: 'warn', card: { url, secret } },
  slices,
  postgresUrl,
  clickhouseUrl: 'http://127.0.0.1:9',
});
const app = await openApp(house);
if (followers === 'followers') house.follow();
const address = await app.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ port: Number(new URL(address).port) });
process.on('message', (message) => {
  if (message === 'usage') process.send?.({ rss: process.memoryUsage().rss, cpu: process.cpuUsage() });
});
const stop = async (): Promise<void> => {
  await app.close();
  await house.close();
  process.exit(0);
};
process.on('disconnect', () => void stop());
process.on('SIGTERM', () => void stop());
