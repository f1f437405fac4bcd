import type { App, House } from '@ruslo/platform';
import { checkoutRoutes } from './routes-checkout.ts';
import { deskRoutes } from './routes-desk.ts';
import { orderRoutes } from './routes-order.ts';
import { returnRoutes } from './routes-return.ts';
import { tillRoutes, webhookRoutes } from './routes-till.ts';

export function routes(app: App, house: House): void {
  checkoutRoutes(app, house);
  orderRoutes(app, house);
  tillRoutes(app, house);
  webhookRoutes(app, house);
  deskRoutes(app, house);
  returnRoutes(app, house);
}
