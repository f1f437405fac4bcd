import type { z } from 'zod';
import type { state } from '../contract-list.ts';

/** Where she stopped, as `/v1/customers/:id/state` tells. */
export type State = z.infer<typeof state>;
export type Cart = State['cart'];
export type CartLine = Cart['lines'][number];
export type Notice = Cart['notices'][number];
export type List = State['lists'][number];
export type Item = List['items'][number];
