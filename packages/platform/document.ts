import type { RouteOptions } from 'fastify';
import { z } from 'zod';

/** RFC 9457 problem+json as every refusal and fault is answered. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string(),
    /** The code to quote: the request's id. */
    instance: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

/** Says of each route in the document what the entrance refuses, and who may call it. */
export function documentRefusals(route: RouteOptions): void {
  const { schema, config } = route;
  if (schema?.response === undefined || schema.hide === true || config?.permission === 'write-key') return;
  const isGuarded = config?.permission !== 'public';
  const takes = schema.params ?? schema.querystring ?? schema.body;
  const own = schema.response as Readonly<Record<string, unknown>>;
  schema.response = {
    ...(takes !== undefined && { 400: problemSchema }),
    ...(isGuarded && { 401: problemSchema, 403: problemSchema }),
    ...(route.url.includes(':') && { 404: problemSchema }),
    429: problemSchema,
    ...own,
  };
  if (isGuarded)
    schema.security = [{ session: [] }, { secretKey: [] }, ...(config?.self === undefined ? [] : [{ customer: [] }])];
}
