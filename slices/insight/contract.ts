import { channels } from '@ruslo/kernel';
import { z } from 'zod';

export const vitalsSchema = z
  .object({
    stage: z
      .enum(['prospect', 'new', 'active', 'cooling', 'lost'])
      .describe(
        'prospect: never bought; new: once in the last 120 days; active: more; cooling: last purchase 120 to 365 days ago; lost: longer',
      ),
    purchases: z.number().int(),
    spentMinor: z.number().int().describe('Net of refunds, in minor units of `currency`'),
    averageMinor: z.number().int().nullable().describe('spentMinor / purchases, rounded down'),
    currency: z.string().describe('The currency of most purchases; totals in others are not added to it'),
    firstPurchaseAt: z.iso.datetime().nullable(),
    lastPurchaseAt: z.iso.datetime().nullable(),
    lastContactAt: z.iso
      .datetime()
      .nullable()
      .describe('When the person last did anything in any channel, within a year'),
    preferredChannel: z.enum(channels).nullable().describe('The channel of most contacts in the last year'),
    preferredPurchaseChannel: z.enum(channels).nullable().describe('The channel of most purchases in the last year'),
    rfm: z
      .object({ recency: z.number().int(), frequency: z.number().int(), monetary: z.number().int() })
      .nullable()
      .describe('5 is best, 1 is least'),
    bounds: z
      .object({
        recencyDays: z.array(z.number()),
        purchases: z.array(z.number()),
        spentMinor: z.array(z.number()),
      })
      .describe('The bounds behind the scores: the first that fits gives 5, the next 4 and so on'),
  })
  .meta({ id: 'Vitals' });

export type Vitals = z.infer<typeof vitalsSchema>;
