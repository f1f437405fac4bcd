import { Button } from '@mantine/core';
import { Go, Listed, Part, useFormat, useList, useWords, type Query } from '@ruslo/ui';
import { isOrder, signed, type Entry } from './model.ts';
import classes from './wallet.module.css';

/** Every entry, newest first: what, why, for which order, how much, and what stood after it. */
export function Entries({
  from,
  query = {},
  text,
  title,
}: {
  from: string;
  query?: Query;
  text: (value: number) => string;
  title: string;
}): React.JSX.Element {
  const { say } = useWords();
  const list = useList<Entry>(from, query, { limit: 50, keep: true });
  return (
    <Part title={title} flush>
      <Listed
        list={list}
        count={list.items.length}
        none={<p className={classes.pad}>{say('screen.wallet.entries.none')}</p>}
      >
        <ol className={classes.entries} aria-label={title}>
          {list.items.map((entry) => (
            <EntryRow key={entry.id} entry={entry} text={text} />
          ))}
        </ol>
        {list.hasMore && (
          <Button variant="subtle" size="compact-sm" m={8} loading={list.loadingMore} onClick={list.more}>
            {say('screen.wallet.more')}
          </Button>
        )}
      </Listed>
    </Part>
  );
}

function EntryRow({ entry, text }: { entry: Entry; text: (value: number) => string }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const day = (at: string): string => format.date(at, 'day');
  const isLater = entry.availableAt !== null && entry.availableAt > entry.at;
  return (
    <li>
      <time className={classes.when} dateTime={entry.at} title={format.date(entry.at, 'exact')}>
        {day(entry.at)}, {format.date(entry.at, 'time')}
      </time>
      <span className={classes.said}>
        <span>
          {entry.text}
          {isOrder(entry.ref) && (
            <>
              {' · '}
              <Go to={`/orders/${entry.ref}`}>{say('screen.wallet.order')}</Go>
            </>
          )}
        </span>
        {entry.note !== null && entry.note !== '' && <span className="dim">«{entry.note}»</span>}
        {(isLater || entry.expiresAt !== null) && (
          <span className="dim">
            {[
              isLater && entry.availableAt !== null
                ? say('screen.wallet.from.day', { day: day(entry.availableAt) })
                : '',
              entry.expiresAt === null ? '' : say('screen.wallet.until.day', { day: day(entry.expiresAt) }),
            ]
              .filter((part) => part !== '')
              .join(', ')}
          </span>
        )}
      </span>
      <span className={classes.amount} data-sign={Math.sign(entry.amount)}>
        {signed(entry.amount, text)}
      </span>
      <span className={classes.after} title={say('screen.wallet.after')}>
        {text(entry.balanceAfter)}
      </span>
    </li>
  );
}
