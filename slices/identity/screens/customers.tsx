import { Button, Tooltip } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import {
  Ago,
  Empty,
  Listed,
  PageHead,
  Rows,
  SearchBox,
  useKeys,
  useList,
  usePlace,
  useWords,
  Wait,
  type Query,
} from '@ruslo/ui';
import { Outlet } from '@tanstack/react-router';
import { IconArrowMerge } from '@tabler/icons-react';
import { Suspense } from 'react';
import { Filters, filterKeys } from './filters.tsx';
import { cardText, fullName, phoneText, type CustomerRow } from './model.ts';
import { RiverPicture } from './picture.tsx';
import classes from './customers.module.css';

/** Customers: the list at the left keeps its place and filters; the card opens at the right. */
export default function Customers(): React.JSX.Element {
  const { say } = useWords();
  const { path, search, setSearch, go, href } = usePlace();
  const chosen = /^\/customers\/([^/]+)/.exec(path)?.[1];
  const small = useMediaQuery('(max-width: 900px)', false, { getInitialValueInEffect: false });
  const query: Query = Object.fromEntries(filterKeys(search).map((key) => [key, search[key]]));
  const list = useList<CustomerRow>('/v1/customers', query, { keep: true });
  useKeys([
    {
      key: 'Escape',
      means: say('ui.key.back'),
      run: () => {
        if (chosen !== undefined) go('/customers', { keepSearch: true });
      },
    },
  ]);
  const filtered = filterKeys(search).length > 0;
  const open = chosen !== undefined;

  return (
    <div className={classes.split} data-open={open || undefined}>
      <div className={classes.side}>
        {!open && <PageHead title={say('screen.identity.title')} about={say('screen.identity.about')} />}
        <div className={classes.tools}>
          <SearchBox
            label={say('screen.identity.search')}
            keyMeans={say('screen.identity.search.key')}
            className={classes.search}
          />
          <Filters compact={open && !small} />
        </div>
        <Listed
          list={list}
          count={list.items.length}
          wait={<Wait rows={14} height={14} gap={22} />}
          none={
            <Nobody
              filtered={filtered}
              onClear={() => setSearch(Object.fromEntries(filterKeys(search).map((key) => [key, null])))}
            />
          }
        >
          <div className={classes.list} data-stale={list.stale || undefined}>
            <Rows
              items={list.items}
              keyOf={(row) => row.id}
              hrefOf={(row) => href(`/customers/${row.id}`)}
              chosen={chosen}
              label={say('screen.identity.title')}
              hasMore={list.hasMore}
              more={list.more}
              head={open || small ? undefined : <Head />}
              render={(row) => (open || small ? <Short row={row} /> : <Long row={row} />)}
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

function Head(): React.JSX.Element {
  const { say } = useWords();
  return (
    <div className={classes.grid} aria-hidden>
      <span>{say('screen.identity.name')}</span>
      <span>{say('screen.identity.phone')}</span>
      <span>{say('screen.identity.email')}</span>
      <span>{say('screen.identity.card')}</span>
      <span className={classes.right}>{say('screen.identity.last-seen')}</span>
    </div>
  );
}

function NameOf({ row }: { row: CustomerRow }): React.JSX.Element {
  const { say } = useWords();
  const name = fullName(row.name);
  return (
    <span className={classes.name}>
      {name === undefined ? (
        <span className="cut dim">{say('screen.identity.nameless')}</span>
      ) : (
        <span className={`cut ${classes.strong ?? ''}`}>{name}</span>
      )}
      {(row.suggestionCount ?? 0) > 0 && (
        <Tooltip label={say('screen.identity.suggestion.count', { count: row.suggestionCount })}>
          <span className={classes.flag}>
            <IconArrowMerge
              size={14}
              aria-label={say('screen.identity.suggestion.count', { count: row.suggestionCount })}
            />
          </span>
        </Tooltip>
      )}
    </span>
  );
}

function Long({ row }: { row: CustomerRow }): React.JSX.Element {
  return (
    <div className={classes.grid}>
      <NameOf row={row} />
      <span className="cut">{row.phone === null || row.phone === undefined ? '' : phoneText(row.phone)}</span>
      <span className="cut">{row.email ?? ''}</span>
      <span className="cut dim">{row.card === null || row.card === undefined ? '' : cardText(row.card)}</span>
      <span className={`${classes.right ?? ''} dim`}>
        <Ago at={row.lastSeenAt} />
      </span>
    </div>
  );
}

function Short({ row }: { row: CustomerRow }): React.JSX.Element {
  return (
    <div className={classes.short}>
      <NameOf row={row} />
      <span className="dim">
        <Ago at={row.lastSeenAt} />
      </span>
    </div>
  );
}

function Nobody({ filtered, onClear }: { filtered: boolean; onClear: () => void }): React.JSX.Element {
  const { say } = useWords();
  const { go } = usePlace();
  return filtered ? (
    <Empty title={say('screen.identity.none.filtered')} about={say('screen.identity.none.filtered.about')}>
      <Button variant="default" onClick={onClear}>
        {say('screen.identity.filter.clear')}
      </Button>
    </Empty>
  ) : (
    <Empty title={say('screen.identity.none')} about={say('screen.identity.none.about')} picture={<RiverPicture />}>
      <Button onClick={() => go('/settings/sources')}>{say('screen.identity.none.act')}</Button>
    </Empty>
  );
}
