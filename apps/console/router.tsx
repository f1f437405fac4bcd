import { parseSearch, stringifySearch, type ScreenPage, type Screens } from '@ruslo/ui';
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  type AnyRoute,
  type AnyRouter,
} from '@tanstack/react-router';
import { Home } from './home.tsx';
import { Broken, Missing } from './states.tsx';
import { Shell } from './shell.tsx';

/** Routes are made from what the slices declare; each page is a chunk of its own. */
export function makeRouter(slices: readonly Screens[]): AnyRouter {
  const root = createRootRoute({ component: Outlet, notFoundComponent: Missing, errorComponent: Broken });
  const inside = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });
  const home = createRoute({
    getParentRoute: () => inside,
    path: '/',
    component: Home,
  });
  const pages = slices.flatMap((slice) => slice.pages);
  const closed = pages.filter((page) => page.public !== true).map((page) => route(inside, page));
  const open = pages.filter((page) => page.public === true).map((page) => route(root, page));
  return createRouter({
    routeTree: root.addChildren([inside.addChildren([home, ...closed]), ...open]),
    parseSearch,
    stringifySearch,
    defaultPreload: false,
    scrollRestoration: false,
    defaultErrorComponent: Broken,
    defaultNotFoundComponent: Missing,
  });
}

function route(parent: AnyRoute, page: ScreenPage): AnyRoute {
  const made: AnyRoute = createRoute({
    getParentRoute: () => parent,
    path: page.path,
    component: lazyRouteComponent(page.load),
  });
  return page.children === undefined ? made : made.addChildren(page.children.map((child) => route(made, child)));
}
