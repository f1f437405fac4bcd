import { members } from '@ruslo/identity';
import { refuse } from '@ruslo/kernel';
import type { App, House } from '@ruslo/platform';
import { answer, problemSchema } from '@ruslo/platform';
import { z } from 'zod';
import { vitalsSchema } from './contract.ts';
import type { Vitals } from './contract.ts';
import { rfmBounds, rfmOf, stageOf } from './rules.ts';
import { readContacts, readTotals } from './store.ts';
import type { ContactRow } from './store.ts';

const bounds = {
  recencyDays: [...rfmBounds.recencyDays],
  purchases: [...rfmBounds.purchases],
  spentMinor: [...rfmBounds.spentMinor],
};

const latest = (contacts: readonly ContactRow[]): Date | undefined =>
  contacts.map((row) => row.lastAt).toSorted((a, b) => b.getTime() - a.getTime())[0];

async function vitalsOf(house: House, customerIds: readonly string[]): Promise<Vitals> {
  const now = house.clock.now();
  const [[totals], contacts] = await Promise.all([
    readTotals(house.db, customerIds),
    readContacts(house.db, customerIds, now),
  ]);
  const known = totals ?? { currency: 'RUB', purchases: 0, spentMinor: 0, firstPurchaseAt: null, lastPurchaseAt: null };
  return {
    stage: stageOf(known, now),
    purchases: known.purchases,
    spentMinor: known.spentMinor,
    averageMinor: known.purchases === 0 ? null : Math.floor(known.spentMinor / known.purchases),
    currency: known.currency,
    firstPurchaseAt: known.firstPurchaseAt?.toISOString() ?? null,
    lastPurchaseAt: known.lastPurchaseAt?.toISOString() ?? null,
    lastContactAt: latest(contacts)?.toISOString() ?? null,
    preferredChannel: contacts[0]?.channel ?? null,
    preferredPurchaseChannel:
      contacts.toSorted((a, b) => b.purchases - a.purchases).find((row) => row.purchases > 0)?.channel ?? null,
    rfm: rfmOf(known, now) ?? null,
    bounds,
  };
}

export function routes(app: App, house: House): void {
  app.route({
    method: 'GET',
    url: '/v1/customers/:id/vitals',
    config: { permission: 'customer.read', audit: 'customer.viewed' },
    schema: {
      tags: ['insight'],
      summary: 'Purchases, money, last contact, RFM and stage of a person',
      params: z.object({ id: z.uuid() }),
      response: { 200: vitalsSchema, 404: problemSchema },
    },
    async handler(request, reply) {
      const set = await members(house.db, request.params.id);
      if (set.length === 0) return answer(house, request, reply, refuse('identity.not-found', 404));
      return reply.send(await vitalsOf(house, set));
    },
  });
}
