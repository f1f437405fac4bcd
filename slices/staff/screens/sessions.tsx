import { Button } from '@mantine/core';
import { Ago, api, Failing, tellFailure, useList, useWords, Wait } from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import type { SessionItem } from './model.ts';
import classes from './staff.module.css';

/** Where somebody is signed in; each can be ended. */
export function Sessions({ staffId }: { staffId?: string }): React.JSX.Element {
  const { say } = useWords();
  const client = useQueryClient();
  const list = useList<SessionItem>('/v1/sessions', { staffId });
  const end = (id: string): void => {
    api
      .delete(`/v1/sessions/${id}`)
      .then(() => client.invalidateQueries({ queryKey: ['/v1/sessions'] }))
      .catch(tellFailure);
  };
  if (list.error !== null) return <Failing error={list.error} retry={list.retry} />;
  if (list.loading) return <Wait rows={3} />;
  if (list.items.length === 0) return <p className={classes.note}>{say('screen.staff.sessions.none')}</p>;
  return (
    <ul className={classes.sessions}>
      {list.items.map((session) => (
        <li key={session.id}>
          <div className={classes.session}>
            <span className="cut" title={session.agent}>
              {deviceOf(session.agent) ?? say('screen.staff.sessions.device')}
              {session.current && <b> · {say('screen.staff.sessions.this')}</b>}
            </span>
            <span className="dim">
              {session.ip} · <Ago at={session.seenAt} />
            </span>
          </div>
          {!session.current && (
            <Button size="compact-sm" variant="default" onClick={() => end(session.id)}>
              {say('screen.staff.sessions.end')}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** "Chrome, Linux" from a user agent; undefined when it says nothing known. */
function deviceOf(agent: string): string | undefined {
  const browser = /(Edg|OPR|YaBrowser|Firefox|Chrome|Safari)\//.exec(agent)?.[1];
  const system = /(iPhone|iPad|Android|Windows|Mac OS X|Linux)/.exec(agent)?.[1];
  const names: Record<string, string> = { Edg: 'Edge', OPR: 'Opera', YaBrowser: 'Яндекс Браузер', 'Mac OS X': 'macOS' };
  const parts = [browser, system].filter((part) => part !== undefined).map((part) => names[part] ?? part);
  return parts.length === 0 ? undefined : parts.join(', ');
}
