/** The server that the benches load, in a process of its own: `lib-intake-server.ts POSTGRES_URL [followers]`. */
import { identity } from '@ruslo/identity';
import { openHouse, readConfig } from '@ruslo/platform';
import type { Slice } from '@ruslo/platform';
import { timeline } from '@ruslo/timeline';
import { listen } from './lib-server.ts';

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
await listen(house, followers === 'followers');
