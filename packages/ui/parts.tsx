import { Button, CopyButton, Popover, Skeleton, Tooltip, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useState, useSyncExternalStore, type MouseEvent, type ReactNode } from 'react';
import { Problem } from './api.ts';
import { agoText, useFormat } from './format.ts';
import { useWords, words } from './words.ts';
import classes from './parts.module.css';

/** The head of a page: title, one line that says what it is for, the main act at the right. */
export function PageHead({
  title,
  about,
  children,
}: {
  title: ReactNode;
  about?: ReactNode;
  children?: ReactNode;
}): React.JSX.Element {
  useEffect(() => {
    if (typeof title === 'string') document.title = `${title} · Ruslo`;
  }, [title]);
  return (
    <header className={classes.head}>
      <div className={classes.headWords}>
        <h1 className={classes.title}>{title}</h1>
        {about !== undefined && <p className={classes.about}>{about}</p>}
      </div>
      {children !== undefined && <div className={classes.acts}>{children}</div>}
    </header>
  );
}

/** A link inside the console: a real address for the mouse wheel and the keyboard, no reload. */
export function Go({
  to,
  children,
  className,
  ...rest
}: { to: string; children: ReactNode; className?: string | undefined } & Omit<
  React.AnchorHTMLAttributes<HTMLAnchorElement>,
  'href'
>): React.JSX.Element {
  const router = useRouter();
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    rest.onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    void router.navigate({ href: to, resetScroll: false });
  };
  return (
    <a {...rest} href={to} className={className} onClick={follow}>
      {children}
    </a>
  );
}

/** A part of a page with its own heading. */
export function Part({
  title,
  act,
  children,
  id,
  flush = false,
}: {
  title: ReactNode;
  act?: ReactNode;
  children: ReactNode;
  id?: string;
  flush?: boolean;
}): React.JSX.Element {
  return (
    <section className={classes.part} id={id}>
      <div className={classes.partHead}>
        <h2 className={classes.partTitle}>{title}</h2>
        {act}
      </div>
      <div className={flush ? classes.partFlush : classes.partBody}>{children}</div>
    </section>
  );
}

/** True once the time has passed: what loads quicker than that shows no skeleton and does not blink. */
function useLater(delayMs: number): boolean {
  const [later, setLater] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLater(true), delayMs);
    return () => clearTimeout(timer);
  }, [delayMs]);
  return later;
}

/** The shape of what comes, after 200 ms. */
export function Wait({
  rows = 6,
  height = 16,
  gap = 20,
}: {
  rows?: number;
  height?: number;
  gap?: number;
}): React.JSX.Element {
  const later = useLater(200);
  const { say } = useWords();
  return (
    <div className={classes.wait} style={{ gap }} role="status" aria-busy="true">
      <VisuallyHidden>{say('ui.loading')}</VisuallyHidden>
      {later &&
        Array.from({ length: rows }, (_, row) => (
          <Skeleton key={row} height={height} width={`${92 - ((row * 37) % 46)}%`} radius="sm" />
        ))}
    </div>
  );
}

/** What this place is, one picture, one button that does the next thing. */
export function Empty({
  title,
  about,
  picture,
  children,
}: {
  title: string;
  about?: ReactNode;
  picture?: ReactNode;
  children?: ReactNode;
}): React.JSX.Element {
  return (
    <div className={classes.empty}>
      {picture !== undefined && (
        <div className={classes.picture} aria-hidden>
          {picture}
        </div>
      )}
      <p className={classes.emptyTitle}>{title}</p>
      {about !== undefined && <div className={classes.about}>{about}</div>}
      {children !== undefined && <div className={classes.emptyActs}>{children}</div>}
    </div>
  );
}

/** What happened, what was kept, what to do, a code to quote. */
export function Failing({
  error,
  retry,
  kept,
}: {
  error: unknown;
  retry?: () => void;
  kept?: string;
}): React.JSX.Element {
  const { say } = useWords();
  const problem = error instanceof Problem ? error : undefined;
  return (
    <div className={classes.failing} role="alert">
      <p className={classes.emptyTitle}>{messageOf(error)}</p>
      <p className={classes.about}>{kept ?? say('ui.failing.kept')}</p>
      <div className={classes.emptyActs}>
        {retry !== undefined && (
          <Button variant="default" onClick={retry}>
            {say('ui.failing.retry')}
          </Button>
        )}
        {problem !== undefined && (
          <Code text={problem.requestId === undefined ? problem.code : `${problem.code} ${problem.requestId}`} />
        )}
      </div>
    </div>
  );
}

/** A list, or what stands in its place: its fault, its shape while it comes, what to do when there is nothing. */
export function Listed({
  list,
  count,
  wait = <Wait />,
  none,
  children,
}: {
  list: { error: Error | null; loading: boolean; retry: () => void };
  /** How many there are to show. */
  count: number;
  wait?: ReactNode;
  none?: ReactNode;
  children: ReactNode;
}): ReactNode {
  if (list.error !== null) return <Failing error={list.error} retry={list.retry} />;
  if (count > 0) return children;
  return list.loading ? wait : (none ?? children);
}

/** A sentence for a failure: the server's own words, or ours where it could not answer. */
export function messageOf(error: unknown): string {
  if (error instanceof Problem) {
    if (error.code === 'network') return words.t('ui.failing.network');
    if (error.message !== '') return error.message;
    if (error.status === 403) return words.t('ui.failing.forbidden');
    if (error.status === 404) return words.t('ui.failing.missing');
  }
  return words.t('ui.failing.other');
}

/** Says once that an act failed, with the code. */
export function tellFailure(error: unknown): void {
  const code = error instanceof Problem ? error.code : 'screen';
  notifications.show({
    color: 'red',
    title: messageOf(error),
    message: `${words.t('ui.failing.code')}: ${code}`,
    autoClose: 8_000,
  });
}

/** Says once what was done, with a way back instead of a question before. */
export function tellDone(message: string, undo?: () => Promise<unknown>): void {
  const id = `done-${String(performance.now())}`;
  notifications.show({
    id,
    message:
      undo === undefined ? (
        message
      ) : (
        <span className={classes.done}>
          {message}
          <Button
            size="compact-sm"
            variant="subtle"
            onClick={() => {
              notifications.hide(id);
              undo().catch(tellFailure);
            }}
          >
            {words.t('ui.undo')}
          </Button>
        </span>
      ),
    autoClose: undo === undefined ? 3_500 : 8_000,
    withBorder: true,
  });
}

/** An id or a code that can be copied. */
export function Code({ text, cut = false }: { text: string; cut?: boolean }): React.JSX.Element {
  const { say } = useWords();
  return (
    <CopyButton value={text} timeout={1_200}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? say('ui.copied') : say('ui.copy')}>
          <UnstyledButton
            className={classes.code}
            onClick={(event) => {
              event.stopPropagation();
              copy();
            }}
            aria-label={`${say('ui.copy')}: ${text}`}
          >
            <span className={cut ? 'cut' : undefined}>{text}</span>
            {copied ? <IconCheck size={13} aria-hidden /> : <IconCopy size={13} aria-hidden />}
          </UnstyledButton>
        </Tooltip>
      )}
    </CopyButton>
  );
}

// One clock for every relative time on screen: it ticks each half minute.
let now = Date.now();
const tickers = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;
function watchClock(tick: () => void): () => void {
  tickers.add(tick);
  now = Date.now();
  ticking ??= setInterval(() => {
    now = Date.now();
    for (const each of tickers) each();
  }, 30_000);
  return () => {
    tickers.delete(tick);
    if (tickers.size === 0) {
      clearInterval(ticking);
      ticking = undefined;
    }
  };
}

/** A relative time; the exact one with its zone on hover and for readers of the screen. */
export function Ago({ at }: { at: string | null | undefined }): React.JSX.Element {
  const { locale } = useWords();
  const format = useFormat();
  const current = useSyncExternalStore(watchClock, () => now);
  if (at === null || at === undefined) return <span className="dim">—</span>;
  // What arrived since the last tick must not seem to come from the future.
  const base = Math.max(
    current,
    new Date(at).getTime() > current && new Date(at).getTime() < Date.now() ? Date.now() : current,
  );
  return (
    <Tooltip label={`${format.date(at, 'exact')} · ${format.zone}`}>
      <time dateTime={at} className={classes.time}>
        {agoText(at, base, locale)}
      </time>
    </Tooltip>
  );
}

/** A number that opens to its definition. */
export function Figure({
  value,
  label,
  definition,
}: {
  value: ReactNode;
  label: string;
  definition: ReactNode;
}): React.JSX.Element {
  return (
    <Popover width={320} position="bottom-start" withArrow={false}>
      <Popover.Target>
        <UnstyledButton className={classes.figure}>
          <span className={classes.figureLabel}>{label}</span>
          <span className={classes.figureValue}>{value}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className={classes.definition}>{definition}</Popover.Dropdown>
    </Popover>
  );
}

/** A light: state by colour, shape and word together. */
export function Light({ state, label }: { state: 'good' | 'warn' | 'bad' | 'none'; label: string }): React.JSX.Element {
  return (
    <span className={classes.light} data-state={state}>
      <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden>
        {state === 'good' && <circle cx="5" cy="5" r="4" />}
        {state === 'warn' && <path d="M5 0.6 9.6 9H0.4Z" />}
        {state === 'bad' && <rect x="1" y="1" width="8" height="8" rx="1" />}
        {state === 'none' && <circle cx="5" cy="5" r="3.5" fill="none" strokeWidth="1.5" />}
      </svg>
      <span data-light-label>{label}</span>
    </span>
  );
}

/** A key on the keyboard. */
export function KeyCap({ children }: { children: ReactNode }): React.JSX.Element {
  return <kbd className={classes.key}>{children}</kbd>;
}
