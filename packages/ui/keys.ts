import { useEffect, useRef } from 'react';

/** One key that does something here, with the words key of its meaning for the `?` page. */
export interface Key {
  readonly key: string;
  readonly means: string;
  /** Works only while this holds, such as while the focus is inside a part. */
  readonly when?: () => boolean;
  /** Left out where the browser itself does it and the key is only told about. */
  readonly run?: () => void;
}

type Layer = { readonly current: readonly Key[] };
const layers: Layer[] = [];

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

// A Russian layout gives other letters on the same keys; the physical key decides then.
const nameOf = (event: KeyboardEvent): string => {
  if (event.key === '?' || (event.code === 'Slash' && event.shiftKey) || (event.code === 'Digit7' && event.key === '?'))
    return '?';
  if (event.code === 'Slash' && !event.shiftKey) return '/';
  return /^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : event.key;
};

function press(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target)) return;
  // A dialog owns the keyboard while it is open.
  if (document.querySelector('[role="dialog"][aria-modal="true"]') !== null) return;
  const name = nameOf(event);
  for (const layer of layers.toReversed()) {
    const found = layer.current.find((each) => each.key === name && (each.when === undefined || each.when()));
    if (found === undefined) continue;
    if (found.run === undefined) return;
    event.preventDefault();
    found.run();
    return;
  }
}

/** Keys that work while the part is mounted; the part mounted last has them first. */
export function useKeys(keys: readonly Key[]): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    if (layers.length === 0) document.addEventListener('keydown', press);
    layers.push(latest);
    return () => {
      layers.splice(layers.indexOf(latest), 1);
      if (layers.length === 0) document.removeEventListener('keydown', press);
    };
  }, []);
}

/** The keys that work now, for the `?` page; the nearest meaning of a key wins. */
export function keysNow(): readonly Key[] {
  const seen = new Map<string, Key>();
  for (const layer of layers.toReversed()) {
    for (const key of layer.current) if (!seen.has(key.key)) seen.set(key.key, key);
  }
  return [...seen.values()];
}
