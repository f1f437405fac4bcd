import { useInfiniteQuery, type InfiniteData, type QueryKey } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { api, type Page, type Query } from './api.ts';

/** A list that is read page by page by its cursor. */
export function useList<T>(
  path: string,
  query: Query = {},
  options: { limit?: number; enabled?: boolean; keep?: boolean; key?: QueryKey; refetchMs?: number } = {},
): {
  items: readonly T[];
  loading: boolean;
  stale: boolean;
  error: Error | null;
  hasMore: boolean;
  more: () => void;
  loadingMore: boolean;
  retry: () => void;
  key: QueryKey;
} {
  const key = options.key ?? [path, query];
  const result = useInfiniteQuery<
    Page<T>,
    Error,
    InfiniteData<Page<T>, string | undefined>,
    QueryKey,
    string | undefined
  >({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<T>>(path, { ...query, cursor: pageParam, limit: options.limit ?? 50 }, signal),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    enabled: options.enabled ?? true,
    ...(options.keep === true
      ? { placeholderData: (old: InfiniteData<Page<T>, string | undefined> | undefined) => old }
      : {}),
    ...(options.refetchMs === undefined ? {} : { refetchInterval: options.refetchMs }),
  });
  const items = useMemo(() => result.data?.pages.flatMap((page) => page.items) ?? [], [result.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = result;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  return {
    items,
    loading: result.isPending,
    stale: result.isPlaceholderData,
    error: result.data === undefined ? result.error : null,
    hasMore: hasNextPage,
    more,
    loadingMore: isFetchingNextPage,
    retry: () => void result.refetch(),
    key,
  };
}
