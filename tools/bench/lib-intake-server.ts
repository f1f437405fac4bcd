/** The server that the benches load, in a process of its own: `lib-intake-server.ts POSTGRES_URL [followers]`. */
import { identity } from '@ruslo/identity';
import { openApp, openHouse, readConfig } from '@ruslo/platform';
import type { Slice } from '@ruslo/platform';
import { timeline } from '@ruslo/timeline';

/** Who measures is nobody of the staff: a door that lets the bench in. */
const benchDoor: Slice = {
  name: 'bench',
  permissions: { 'customer.read': ['agent'], 'customer.merge': ['agent'] },
  authenticate: async () => ({
    kind: 'key',
    id: '00000000-0000-4000-8000-000000000001',
    permissions: new Set(['customer.read', 'event.read', 'stream.read', 'source.read']),
  }),
};

const [postgresUrl = '', followers] = process.argv.slice(2);
const house = openHouse({
  config: { ...readConfig({ port: '0' }, {}), logLevel: 'warn' },
  slices: [benchDoor, identity, timeline],
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
