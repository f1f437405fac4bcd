/** The server that the commerce bench loads, in a process of its own: `lib-commerce-server.ts POSTGRES_URL CARD_URL CARD_SECRET [followers]`. */
import { openHouse, readConfig } from '@ruslo/platform';
import { slices } from './lib-commerce-slices.ts';
import { listen } from './lib-server.ts';

const [postgresUrl = '', url = '', secret = '', followers] = process.argv.slice(2);
const house = openHouse({
  config: { ...readConfig({ port: '0' }, {}), logLevel: 'warn', card: { url, secret } },
  slices,
  postgresUrl,
  clickhouseUrl: 'http://127.0.0.1:9',
});
await listen(house, followers === 'followers');
