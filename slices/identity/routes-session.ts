import { channels, ok } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { answer, problemSchema } from '@ruslo/platform';
import type { App, House } from '@ruslo/platform';
import { z } from 'zod';
import type { OpenedSession } from './session.ts';
import { endSession, openVisitor, signIn } from './session.ts';

const tags = ['identity'];

const sessionSchema = z
  .object({ token: z.string(), customerId: z.uuid(), expiresAt: z.iso.datetime() })
  .meta({ id: 'CustomerSession' });

const visitorSchema = sessionSchema
  .extend({
    anonymousId: z
      .string()
      .describe(
        'The id to keep. Another than the one that was sent when that one belongs to somebody who has signed in',
      ),
  })
  .meta({ id: 'VisitorSession' });

const show = <Opened extends OpenedSession>(
  result: Result<Opened>,
): Result<Omit<Opened, 'expiresAt'> & { expiresAt: string }> =>
  result.ok ? ok({ ...result.value, expiresAt: result.value.expiresAt.toISOString() }) : result;

/** Sessions of customers. A token goes as `Authorization: Bearer rc_…`; its holder says `me` where a route has a customer's id. */
export function sessionRoutes(app: App, house: House): void {
  app.post(
    '/v1/customer-sessions/visitor',
    {
      config: { permission: 'public' },
      schema: {
        tags,
        summary: 'Open a session for a visitor who has not said who she is',
        body: z.object({ anonymousId: z.string().min(8).max(200), channel: z.enum(channels).default('web') }),
        response: { 200: visitorSchema, 400: problemSchema },
      },
    },
    async (request, reply) =>
      answer(
        house,
        request,
        reply,
        show(await house.db.retry((tx) => openVisitor(tx, request.body, house.clock.now()))),
      ),
  );
  app.post(
    '/v1/customer-sessions',
    {
      config: { permission: 'customer.session', audit: 'customer.session-opened' },
      schema: {
        tags,
        summary: 'Open a session for a customer whom the face has recognised',
        description:
          'The face vouches for the identifiers: it has checked the one-time code, read the card. With the token of her visitor session, what she did before signing in joins her profile, and that session ends.',
        body: z.object({
          identifiers: z
            .array(z.object({ kind: z.string().max(60), value: z.string().max(320) }))
            .min(1)
            .max(5),
          channel: z.enum(channels).default('web'),
          visitorToken: z.string().max(120).optional(),
        }),
        response: { 200: sessionSchema, 400: problemSchema },
      },
    },
    async (request, reply) => {
      const opened = await house.db.retry((tx) => signIn(tx, request.body, house.clock.now()));
      if (opened.ok) request.shown = [opened.value.customerId];
      return answer(house, request, reply, show(opened));
    },
  );
  app.delete(
    '/v1/customer-sessions/current',
    {
      config: { permission: 'customer.session', self: 'visitor' },
      schema: { tags, summary: 'End the session that asks' },
    },
    async (request, reply) => {
      if (request.caller.kind === 'customer') {
        await endSession(house.db, request.caller.sessionId);
        // An open stream outlives the request that was judged.
        await house.live.signal(house.db, 'access.changed', { id: request.caller.sessionId });
      }
      return reply.status(204).send();
    },
  );
}
