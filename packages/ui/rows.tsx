import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, type ReactNode } from 'react';
import { useKeys, type Key } from './keys.ts';
import { Go } from './parts.tsx';
import { useRoomy } from './preference.ts';
import { useWords } from './words.ts';
import classes from './rows.module.css';

interface RowsProps<T> {
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly hrefOf: (item: T) => string;
  readonly render: (item: T) => ReactNode;
  readonly label: string;
  readonly chosen?: string | undefined;
  readonly head?: ReactNode;
  readonly foot?: ReactNode;
  readonly hasMore?: boolean;
  readonly more?: () => void;
  readonly rowPx?: number;
  readonly onOpen?: (item: T) => void;
  readonly rowClass?: (item: T) => string | undefined;
  readonly extraKeys?: readonly Key[];
}

/**
 * A long list of rows, each a link. Only what is in sight is drawn. J and K move, Enter opens,
 * the chosen row is brought into sight once, also after a reload.
 */
export function Rows<T>(props: RowsProps<T>): React.JSX.Element {
  const { items, keyOf, hrefOf, render, label, chosen, head, foot, hasMore = false, more, onOpen } = props;
  const [roomy] = useRoomy();
  const { say } = useWords();
  const rowPx = props.rowPx ?? (roomy ? 44 : 36);
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowPx,
    overscan: 12,
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? index : keyOf(item);
    },
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => virtual.measure(), [rowPx, virtual]);
  useEffect(() => {
    if (hasMore && last >= items.length - 20) more?.();
  }, [hasMore, last, items.length, more]);

  const broughtTo = useRef<string>(undefined);
  const chosenIndex = chosen === undefined ? -1 : items.findIndex((item) => keyOf(item) === chosen);
  useEffect(() => {
    if (chosenIndex < 0 || broughtTo.current === chosen) return;
    broughtTo.current = chosen;
    virtual.scrollToIndex(chosenIndex, { align: 'auto' });
  }, [chosenIndex, chosen, virtual]);

  const move = (step: number): void => {
    const focused = document.activeElement;
    const at =
      focused instanceof HTMLElement && box.current?.contains(focused) === true ? focused.dataset['index'] : undefined;
    const from = at === undefined ? (chosenIndex >= 0 ? chosenIndex : -1) : Number(at);
    const next = Math.max(0, Math.min(items.length - 1, at === undefined && chosenIndex < 0 ? 0 : from + step));
    virtual.scrollToIndex(next, { align: 'auto' });
    const focus = (): boolean => {
      const row = box.current?.querySelector<HTMLElement>(`[data-index="${String(next)}"]`);
      row?.focus();
      return row !== null && row !== undefined;
    };
    // A row that is drawn already takes the focus at once: quick fingers press Enter within the same frame.
    if (!focus()) requestAnimationFrame(focus);
  };
  useKeys([
    { key: 'j', means: say('ui.key.next'), run: () => move(1) },
    { key: 'k', means: say('ui.key.previous'), run: () => move(-1) },
    { key: 'Enter', means: say('ui.key.open') },
    ...(props.extraKeys ?? []),
  ]);

  return (
    <div className={classes.box} ref={box}>
      {head !== undefined && <div className={classes.head}>{head}</div>}
      <div role="list" aria-label={label} className={classes.list} style={{ height: virtual.getTotalSize() }}>
        {shown.map((row) => {
          const item = items[row.index];
          if (item === undefined) return null;
          const key = keyOf(item);
          return (
            <div
              role="listitem"
              key={row.key}
              className={classes.slot}
              style={{ height: row.size, transform: `translateY(${String(row.start)}px)` }}
            >
              <Go
                to={hrefOf(item)}
                className={`${classes.row ?? ''} ${props.rowClass?.(item) ?? ''}`}
                data-index={row.index}
                data-chosen={key === chosen || undefined}
                aria-current={key === chosen ? 'true' : undefined}
                onClick={(event) => {
                  if (onOpen === undefined) return;
                  event.preventDefault();
                  onOpen(item);
                }}
              >
                {render(item)}
              </Go>
            </div>
          );
        })}
      </div>
      {foot}
    </div>
  );
}
