import { Button } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { Outlet } from '@tanstack/react-router';
import { Suspense, type ReactNode } from 'react';
import type { Query } from './api.ts';
import { useKeys } from './keys.ts';
import { useList } from './list.ts';
import { Empty, Listed, PageHead, Wait } from './parts.tsx';
import { usePlace } from './place.ts';
import { Rows } from './rows.tsx';
import { SearchBox } from './search-box.tsx';
import { useWords } from './words.ts';
import classes from './list-page.module.css';

export interface ListColumn<T> {
  readonly title: string;
  readonly render: (row: T) => ReactNode;
  /** A CSS grid track such as `120px` or `minmax(200px, 2fr)`; `minmax(100px, 1fr)` when absent. */
  readonly track?: string;
  readonly align?: 'right';
}

interface ListPageProps<T> {
  readonly title: string;
  readonly about: string;
  /** Address of the page; a row opens at `path/key`. */
  readonly path: string;
  /** Where the list is read, by cursor. */
  readonly from: string;
  /** Filters that live in the address and go to the server; `q` is always among them. */
  readonly filters?: readonly string[];
  /** Sent to the server always. */
  readonly query?: Query;
  readonly keyOf: (row: T) => string;
  readonly columns: readonly ListColumn<T>[];
  /** The row where only a narrow list stands beside the open one: its name, and one thing at the right. */
  readonly short: (row: T) => readonly [ReactNode, ReactNode];
  /** What the search box asks for; no box when absent. */
  readonly search?: string;
  /** Filter controls beside the search box. */
  readonly tools?: ReactNode;
  /** The main act, at the right of the head. */
  readonly act?: ReactNode;
  readonly none: { readonly title: string; readonly about: string };
  readonly rowClass?: (row: T) => string | undefined;
  /** Asked anew so often while the page is open. */
  readonly refetchMs?: number;
}

/**
 * A long list that keeps its place and filters, and opens a row beside itself. Only what is in sight is drawn and pages come
 * by cursor, so it stays quick with 100,000 rows. J, K and Enter move; F searches; Escape closes.
 */
export function ListPage<T>(props: ListPageProps<T>): React.JSX.Element {
  const { say } = useWords();
  const { path, search, setSearch, go, href } = usePlace();
  const small = useMediaQuery('(max-width: 900px)', false, { getInitialValueInEffect: false });
  const chosen = path.startsWith(`${props.path}/`) ? path.slice(props.path.length + 1).split('/')[0] : undefined;
  const open = chosen !== undefined;
  const inUse = ['q', ...(props.filters ?? [])].filter((key) => (search[key] ?? '') !== '');
  const query: Query = { ...props.query, ...Object.fromEntries(inUse.map((key) => [key, search[key]])) };
  const list = useList<T>(props.from, query, {
    keep: true,
    ...(props.refetchMs === undefined ? {} : { refetchMs: props.refetchMs }),
  });
  useKeys([
    {
      key: 'Escape',
      means: say('ui.key.back'),
      run: () => {
        if (open) go(props.path, { keepSearch: true });
      },
    },
  ]);
  const tracks = { gridTemplateColumns: props.columns.map((column) => column.track ?? 'minmax(100px, 1fr)').join(' ') };
  const line = (cell: (column: ListColumn<T>) => ReactNode, isHead = false): React.JSX.Element => (
    <div className={classes.grid} style={tracks} aria-hidden={isHead || undefined}>
      {props.columns.map((column) => (
        <span key={column.title} className={classes.cell} data-align={column.align}>
          {cell(column)}
        </span>
      ))}
    </div>
  );
  const narrow = open || small;
  return (
    <div className={classes.split} data-open={open || undefined}>
      <div className={classes.side}>
        {!open && (
          <PageHead title={props.title} about={props.about}>
            {props.act}
          </PageHead>
        )}
        {(props.search !== undefined || (props.tools !== undefined && !open)) && (
          <div className={classes.tools}>
            {props.search !== undefined && <SearchBox label={props.search} className={classes.search} />}
            {!open && props.tools}
          </div>
        )}
        <Listed
          list={list}
          count={list.items.length}
          wait={<Wait rows={14} height={14} gap={22} />}
          none={
            inUse.length > 0 ? (
              <Empty title={say('ui.none.filtered')} about={say('ui.none.filtered.about')}>
                <Button
                  variant="default"
                  onClick={() => setSearch(Object.fromEntries(inUse.map((key) => [key, null])))}
                >
                  {say('ui.filter.clear')}
                </Button>
              </Empty>
            ) : (
              <Empty title={props.none.title} about={props.none.about}>
                {props.act}
              </Empty>
            )
          }
        >
          <div className={classes.list} data-stale={list.stale || undefined}>
            <Rows
              items={list.items}
              keyOf={props.keyOf}
              hrefOf={(row) => href(`${props.path}/${props.keyOf(row)}`)}
              chosen={chosen}
              label={props.title}
              hasMore={list.hasMore}
              more={list.more}
              head={narrow ? undefined : line((column) => column.title, true)}
              render={(row) => (narrow ? <Short parts={props.short(row)} /> : line((column) => column.render(row)))}
              {...(props.rowClass === undefined ? {} : { rowClass: props.rowClass })}
            />
          </div>
        </Listed>
      </div>
      {open && (
        <div className={classes.detail} key={chosen}>
          <Suspense fallback={<Wait />}>
            <Outlet />
          </Suspense>
        </div>
      )}
    </div>
  );
}

function Short({ parts }: { parts: readonly [ReactNode, ReactNode] }): React.JSX.Element {
  return (
    <div className={classes.short}>
      <span className="cut">{parts[0]}</span>
      <span className="dim">{parts[1]}</span>
    </div>
  );
}
