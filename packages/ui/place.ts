import { useRouter, useRouterState } from '@tanstack/react-router';
import { useCallback } from 'react';

export type Search = Readonly<Record<string, string>>;

/** Filters live in the address as plain `?a=b`, not as JSON, so that people can read and write them. */
export const parseSearch = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text));

export function stringifySearch(search: Record<string, unknown>): string {
  const parts = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (typeof value === 'string' && value !== '') parts.set(key, value);
    else if (typeof value === 'number' || typeof value === 'boolean') parts.set(key, String(value));
  }
  const written = parts.toString();
  return written === '' ? '' : `?${written}`;
}

type Change = Readonly<Record<string, string | null | undefined>>;

/** Where we are and how to go elsewhere. `go` may keep the filters of this address. */
export function usePlace(): {
  path: string;
  search: Search;
  setSearch: (change: Change, how?: { replace?: boolean }) => void;
  go: (path: string, how?: { keepSearch?: boolean; replace?: boolean }) => void;
  href: (path: string, change?: Change) => string;
} {
  const router = useRouter();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const searchText = useRouterState({ select: (state) => state.location.searchStr });
  const search = parseSearch(searchText);

  const go = useCallback(
    (to: string, how: { keepSearch?: boolean; replace?: boolean } = {}) => {
      const kept = how.keepSearch === true ? router.state.location.searchStr : '';
      void router.navigate({ href: `${to}${kept}`, replace: how.replace ?? false });
    },
    [router],
  );

  const setSearch = useCallback(
    (change: Change, how: { replace?: boolean } = {}) => {
      const { pathname, searchStr } = router.state.location;
      const next = stringifySearch({ ...parseSearch(searchStr), ...change });
      if (next === stringifySearch(parseSearch(searchStr))) return;
      void router.navigate({ href: `${pathname}${next}`, replace: how.replace ?? true, resetScroll: false });
    },
    [router],
  );

  const href = (to: string, change?: Change): string =>
    change === undefined ? `${to}${searchText}` : `${to}${stringifySearch({ ...search, ...change })}`;
  return { path, search, setSearch, go, href };
}
