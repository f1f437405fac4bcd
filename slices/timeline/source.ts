import { randomBytes } from 'node:crypto';
import { newId } from '@ruslo/platform';
import type { House, Query } from '@ruslo/platform';
import type { Channel } from '@ruslo/kernel';
import type { SourceKind } from './source-kind.ts';
import type { SourceRow } from './store.ts';
import { allSources } from './store.ts';

/** The sources of this process, by key and by id, as fresh as the last signal; the hot path asks no database for them. */

export const newWriteKey = (): string => `wk_${randomBytes(18).toString('base64url')}`;

/** What a kind of source is by itself; both can be set otherwise. */
export const sourceDefaults: Readonly<
  Record<SourceKind, { readonly channel: Channel; readonly proves: readonly string[] }>
> = {
  site: { channel: 'web', proves: ['user_id'] },
  app: { channel: 'app', proves: ['user_id'] },
  till: { channel: 'shop', proves: ['card', 'external'] },
  bot: { channel: 'messenger', proves: ['telegram', 'vk', 'max', 'whatsapp', 'viber'] },
  // Who calls, writes or texts shows the number or address by that alone; without it nobody could be told apart there.
  'call-line': { channel: 'call', proves: ['phone'] },
  mail: { channel: 'mail', proves: ['email'] },
  sms: { channel: 'sms', proves: ['phone'] },
  push: { channel: 'push', proves: [] },
  social: { channel: 'social', proves: ['vk', 'telegram'] },
  catalogue: { channel: 'catalogue', proves: [] },
  import: { channel: 'system', proves: ['*'] },
  server: { channel: 'system', proves: ['*'] },
};

const topic = 'timeline.sources';
/** A signal may be lost with the connection that would have brought it. */
const maxAgeMs = 15_000;
/** Unknown keys make us read the sources again, but not oftener than this, however many come. */
const againMs = 200;

export interface Sources {
  /** Undefined for a key that nobody gave out. Throws when the sources were never read and the store is away. */
  byKey(key: string): SourceRow | undefined;
  byId(id: string): SourceRow | undefined;
  /** Resolves when the sources are known; at once on the hot path. */
  ready(): Promise<void> | undefined;
  /** Reads again, for a key that is not known: it may have been made a moment ago. */
  again(): Promise<void>;
  close(): void;
}

export const sourcesChanged = (house: House, query: Query): Promise<void> => house.live.signal(query, topic, {});

export function openSources(house: House): Sources {
  let byKey = new Map<string, SourceRow>();
  let byId = new Map<string, SourceRow>();
  let loadedAtMs = -Infinity;
  let isStale = true;
  let loading: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const load = async (): Promise<void> => {
    isStale = false; // before reading: a signal that comes meanwhile marks it again
    try {
      const rows = await allSources(house.db);
      byKey = new Map(rows.map((row) => [row.writeKey, row]));
      byId = new Map(rows.map((row) => [row.id, row]));
      loadedAtMs = performance.now();
    } catch (error) {
      isStale = true;
      throw error;
    } finally {
      loading = undefined;
    }
  };
  const off = house.live.signals((signal) => {
    if (signal.topic === topic) isStale = true;
  });
  return {
    byKey: (key) => byKey.get(key),
    byId: (id) => byId.get(id),
    ready() {
      if (!isStale && performance.now() - loadedAtMs < maxAgeMs) return undefined;
      loading ??= load();
      if (loadedAtMs === -Infinity || isStale) return loading;
      // Merely old: go on with what is known while it is read again.
      loading.catch(() => undefined);
      return undefined;
    },
    again() {
      next ??= (async () => {
        await loading?.catch(() => undefined); // that one may have begun before the key was made
        const waitMs = loadedAtMs + againMs - performance.now();
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
        next = undefined; // who asks from now on may need a still later look
        loading ??= load();
        await loading;
      })();
      return next;
    },
    close: off,
  };
}

export function makeSource(from: {
  readonly name: string;
  readonly kind: SourceKind;
  readonly channel?: Channel | undefined;
  readonly owner?: string | undefined;
  readonly proves?: readonly string[] | undefined;
  readonly writeKey?: string | undefined;
}): Omit<SourceRow, 'createdAt'> {
  const defaults = sourceDefaults[from.kind];
  return {
    id: newId(),
    name: from.name,
    kind: from.kind,
    channel: from.channel ?? defaults.channel,
    owner: from.owner ?? '',
    writeKey: from.writeKey ?? newWriteKey(),
    proves: from.proves ?? defaults.proves,
    enabled: true,
  };
}
