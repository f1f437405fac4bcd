import { isUuid } from '@ruslo/kernel';
import { noteAudit, parsePosition, recognise, sendProblem } from '@ruslo/platform';
import type { App, Caller, House } from '@ruslo/platform';
import { streamQuery } from './contract.ts';
import type { Hub, Topics } from './stream.ts';
import { mostOfOne, mostStreams } from './stream.ts';

/** `GET /v1/stream`: server-sent events of what happens now. */

const mostTopics = 20;

/** Undefined when a topic is none that we have. A customer hears of herself alone, and says `me`. */
function parseTopics(text: string, caller: Caller): Topics | undefined {
  if (caller.kind === 'customer') {
    if (text !== 'customer:me') return undefined;
    return { customers: [caller.id], inspector: false, suggestions: false, own: true };
  }
  const customers: string[] = [];
  let inspector = false;
  let suggestions = false;
  const parts = text.split(',').filter((part) => part !== '');
  if (parts.length === 0 || parts.length > mostTopics) return undefined;
  for (const part of parts) {
    if (part === 'inspector') inspector = true;
    else if (part === 'suggestions') suggestions = true;
    else if (part.startsWith('customer:') && isUuid(part.slice(9))) customers.push(part.slice(9).toLowerCase());
    else return undefined;
  }
  return { customers, inspector, suggestions, own: false };
}

const needed = (topics: Topics): string[] => (topics.own ? [] : neededOfStaff(topics));

const neededOfStaff = (topics: Topics): string[] => [
  ...(topics.customers.length > 0 ? ['customer.read'] : []),
  ...(topics.inspector ? ['event.read'] : []),
  ...(topics.suggestions ? ['customer.merge'] : []),
];

/** Of a customer her session must still be there, and be hers. */
const isStill = (caller: Caller | undefined, topics: Topics): boolean =>
  !topics.own || (caller?.kind === 'customer' && topics.customers[0] === caller.id);

const lacking = (caller: Caller | undefined, permissions: readonly string[]): string | undefined =>
  permissions.find(
    (permission) => caller === undefined || caller.kind === 'anonymous' || !caller.permissions.has(permission),
  );

/** Whose streams are counted together, and rechecked when access changes. */
function callerIdOf(caller: Caller): string {
  if (caller.kind === 'customer') return caller.sessionId;
  return caller.kind === 'anonymous' ? '' : caller.id;
}

export function streamRoutes(app: App, house: House, hub: Hub): void {
  app.get(
    '/v1/stream',
    {
      config: { permission: 'stream.read', self: 'visitor' },
      schema: {
        tags: ['timeline'],
        querystring: streamQuery,
        summary: 'Server-sent events. Topics: customer:{id}, inspector, suggestions; resumes after Last-Event-ID',
        description:
          'Events: ready, timeline, merged, unmerged, accepted, rejected, suggestion, and reset when too much was missed: load afresh. A customer’s session may ask for customer:me: what became of her cart, lists, orders, parcels, points, cards and payments.',
      },
    },
    async (request, reply) => {
      const topics = parseTopics(request.query.topics, request.caller);
      if (topics === undefined) return sendProblem(house, request, reply, { code: 'timeline.bad-topic', status: 400 });
      const permissions = needed(topics);
      const missing = lacking(request.caller, permissions);
      if (missing !== undefined)
        return sendProblem(house, request, reply, {
          code: 'platform.not-permitted',
          status: 403,
          params: { permission: missing },
        });
      const callerId = callerIdOf(request.caller);
      // A visitor's session costs nothing, so visitors leave room for those who work here.
      const most = request.caller.kind === 'customer' && !request.caller.signedIn ? mostStreams / 2 : mostStreams;
      if (hub.count >= most || hub.countOf(callerId) >= mostOfOne) {
        reply.header('retry-after', '10');
        return sendProblem(house, request, reply, { code: 'timeline.too-many-streams', status: 503 });
      }
      const header = request.headers['last-event-id'];
      const last = typeof header === 'string' && header !== '' ? header : request.query.lastEventId;
      // Her own things are on her timeline, not in the record of who looked at whom.
      for (const customerId of topics.own ? [] : topics.customers)
        noteAudit(house, request, 'customer.followed', customerId);
      if (topics.inspector) noteAudit(house, request, 'event.listed', null);
      if (topics.suggestions) noteAudit(house, request, 'suggestion.viewed', null);
      reply.hijack();
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) reply.raw.setHeader(name, value);
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
      });
      reply.raw.write('retry: 1000\n\n');
      const isAllowed = async (): Promise<boolean> => {
        const caller = await recognise(house, request);
        return isStill(caller, topics) && lacking(caller, permissions) === undefined;
      };
      await hub.open(reply.raw, topics, last === undefined ? undefined : parsePosition(last), callerId, isAllowed);
      return reply;
    },
  );
}
