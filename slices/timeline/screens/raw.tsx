import { Button, CopyButton, Drawer } from '@mantine/core';
import { api, Ago, Code, ChannelMark, Failing, Go, useFormat, usePlace, useWords, Wait } from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import type { Raw, Rejected } from './model.ts';
import classes from './raw.module.css';

/** The event as it came and as it was kept, on demand. The address names it: `?event=` or `?rejected=`. */
export function RawDrawer(): React.JSX.Element {
  const { say } = useWords();
  const { search, setSearch } = usePlace();
  const event = search['event'];
  const rejected = search['rejected'];
  const opened = event !== undefined || rejected !== undefined;
  return (
    <Drawer
      opened={opened}
      onClose={() => setSearch({ event: null, rejected: null })}
      size="lg"
      title={say(rejected === undefined ? 'screen.timeline.raw.title' : 'screen.timeline.raw.rejected')}
    >
      {event !== undefined && <Accepted id={event} />}
      {rejected !== undefined && <Refused id={rejected} />}
    </Drawer>
  );
}

function Accepted({ id }: { id: string }): React.JSX.Element {
  const { say } = useWords();
  const { path } = usePlace();
  const format = useFormat();
  const query = useQuery({
    queryKey: ['event', id],
    queryFn: ({ signal }) => api.get<Raw>(`/v1/events/${id}`, {}, signal),
    staleTime: Infinity,
  });
  if (query.isPending) return <Wait rows={10} />;
  if (query.data === undefined) return <Failing error={query.error} retry={() => void query.refetch()} />;
  const raw = query.data;
  const exact = (at: string | null): React.ReactNode =>
    at === null ? '—' : <span title={format.zone}>{format.date(at, 'exact')}</span>;
  return (
    <>
      <dl className={classes.facts}>
        <dt>{say('screen.timeline.raw.name')}</dt>
        <dd>
          <ChannelMark channel={raw.channel} size={18} /> <b>{raw.name === '' ? raw.kind : raw.name}</b>{' '}
          <span className="dim">{raw.kind}</span>
        </dd>
        <dt>{say('screen.timeline.raw.occurred')}</dt>
        <dd>{exact(raw.occurredAt)}</dd>
        <dt>{say('screen.timeline.raw.received')}</dt>
        <dd>{exact(raw.receivedAt)}</dd>
        {raw.originalAt !== null && raw.originalAt !== raw.occurredAt && (
          <>
            <dt>{say('screen.timeline.raw.original')}</dt>
            <dd>{exact(raw.originalAt)}</dd>
          </>
        )}
        <dt>{say('screen.timeline.raw.id')}</dt>
        <dd>
          <Code text={raw.id} cut />
        </dd>
        {raw.messageId !== null && (
          <>
            <dt>{say('screen.timeline.raw.message')}</dt>
            <dd>
              <Code text={raw.messageId} cut />
            </dd>
          </>
        )}
        {raw.customerId !== null && (
          <>
            <dt>{say('screen.timeline.raw.customer')}</dt>
            <dd>
              <Code text={raw.customerId} cut />
              {path.startsWith('/customers/') || (
                <Go to={`/customers/${raw.customerId}`}>{say('screen.timeline.raw.open-customer')}</Go>
              )}
            </dd>
          </>
        )}
      </dl>
      <Json text={JSON.stringify(raw.data, null, 2)} />
    </>
  );
}

function Refused({ id }: { id: string }): React.JSX.Element {
  const { say } = useWords();
  const query = useQuery({
    queryKey: ['rejected', id],
    queryFn: ({ signal }) => api.get<Rejected>(`/v1/rejected/${id}`, {}, signal),
    staleTime: Infinity,
  });
  if (query.isPending) return <Wait rows={10} />;
  if (query.data === undefined) return <Failing error={query.error} retry={() => void query.refetch()} />;
  const rejected = query.data;
  return (
    <>
      <p className={classes.reason}>{rejected.reason}</p>
      <dl className={classes.facts}>
        <dt>{say('screen.timeline.raw.code')}</dt>
        <dd>
          <Code text={rejected.code} />
        </dd>
        <dt>{say('screen.timeline.raw.received')}</dt>
        <dd>
          <Ago at={rejected.at} />
        </dd>
        {rejected.messageId !== null && (
          <>
            <dt>{say('screen.timeline.raw.message')}</dt>
            <dd>
              <Code text={rejected.messageId} cut />
            </dd>
          </>
        )}
      </dl>
      <Json text={pretty(rejected.raw)} />
    </>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

export function Json({ text }: { text: string }): React.JSX.Element {
  const { say } = useWords();
  return (
    <div className={classes.json}>
      <CopyButton value={text} timeout={1_200}>
        {({ copied, copy }) => (
          <Button
            size="compact-sm"
            variant="default"
            className={classes.copy ?? ''}
            onClick={copy}
            leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          >
            {say(copied ? 'ui.copied' : 'ui.copy')}
          </Button>
        )}
      </CopyButton>
      {/* A scrolling block must be reachable by keyboard. */}
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}
