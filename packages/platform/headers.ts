import fastifyHelmet from '@fastify/helmet';
import type { App } from './slice.ts';

const policy = {
  defaultSrc: [`'self'`],
  scriptSrc: [`'self'`],
  styleSrc: [`'self'`],
  imgSrc: [`'self'`, 'data:'],
  fontSrc: [`'self'`],
  connectSrc: [`'self'`],
  objectSrc: [`'none'`],
  baseUri: [`'none'`],
  formAction: [`'self'`],
  frameAncestors: [`'none'`],
};

/** What of the security headers means something for an answer that is no page. */
const dataHeaders = {
  'content-security-policy': Object.entries(policy)
    .map(([name, values]) => `${name.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)} ${values.join(' ')}`)
    .join(';'),
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
};

const isData = (url: string): boolean => url.startsWith('/v1/');

/** Pages get helmet's headers and a policy with fresh nonces, data what means something for data. */
export async function registerHeaders(app: App): Promise<void> {
  // The API answers with data. The nonces and headers of pages would be a twentieth of the processor of a short request.
  app.addHook('onRoute', (route) => {
    if (isData(route.url)) route.helmet = false;
  });
  await app.register(fastifyHelmet, {
    enableCSPNonces: true,
    contentSecurityPolicy: { useDefaults: false, directives: policy },
    hsts: false, // The proxy that ends TLS sets it; on plain http it means nothing.
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'same-origin' },
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (isData(request.routeOptions.url ?? '')) reply.headers(dataHeaders);
    done();
  });
}
