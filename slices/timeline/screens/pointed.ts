import { useSyncExternalStore } from 'react';

type Span = { readonly from: number; readonly to: number } | undefined;

let pointed: Span;
const watchers = new Set<() => void>();

/** The stretch of the river under the pointer; the timeline further down marks what happened then. */
export function pointAt(span: Span): void {
  pointed = span;
  for (const watcher of watchers) watcher();
}

export const usePointed = (): Span =>
  useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => pointed,
  );
