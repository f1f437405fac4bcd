import type { Slice } from '@ruslo/platform';

/**
 * Stands in the tests where the slice staff stands in the house: `x-test-permissions: a,b` is somebody who holds them.
 * The timeline does not know staff, and must not to be tested.
 */
export const testDoor: Slice = {
  name: 'test-door',
  permissions: { 'customer.read': ['agent'], 'customer.merge': ['agent'] },
  authenticate: async (_house, request) => {
    const held = request.headers['x-test-permissions'];
    return typeof held === 'string'
      ? { kind: 'key', id: '00000000-0000-4000-8000-000000000001', permissions: new Set(held.split(',')) }
      : undefined;
  },
};

export const basic = (key: string): string => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
