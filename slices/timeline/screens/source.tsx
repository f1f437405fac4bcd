import { Button, Drawer, Tabs, TextInput } from '@mantine/core';
import { Ago, api, Ask, Code, Go, Light, tellDone, tellFailure, useCan, useFormat, useWords } from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { lights } from './light.ts';
import type { Source } from './model.ts';
import { Json } from './raw.tsx';

import classes from './raw.module.css';

/** One source: how it is doing, its key, how to connect it, and what can be done with it. */
export function SourceDrawer({ source, onClose }: { source: Source; onClose: () => void }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const can = useCan();
  const client = useQueryClient();
  const [asking, setAsking] = useState<'rotate' | 'delete'>();
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: ['/v1/sources'] });
  const patch = async (change: Partial<Source>): Promise<void> => {
    await api.patch(`/v1/sources/${source.id}`, change);
    await refresh();
  };
  const toggle = async (): Promise<void> => {
    const { enabled } = source;
    try {
      await patch({ enabled: !enabled });
      tellDone(say(enabled ? 'screen.timeline.source.disabled' : 'screen.timeline.source.enabled'), () =>
        patch({ enabled }),
      );
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <Drawer opened onClose={onClose} size="lg" title={source.name}>
      <dl className={classes.facts}>
        <dt>{say('screen.timeline.source.health')}</dt>
        <dd>
          <Light
            state={source.enabled ? lights[source.health] : 'none'}
            label={say(
              source.enabled ? `screen.timeline.source.health.${source.health}` : 'screen.timeline.source.off',
            )}
          />
        </dd>
        <dt>{say('screen.timeline.source.seen')}</dt>
        <dd>{source.lastSeenAt === null ? say('screen.timeline.source.never') : <Ago at={source.lastSeenAt} />}</dd>
        <dt>{say('screen.timeline.source.rate')}</dt>
        <dd>{format.number(Math.round(source.eventsPerMinute * 10) / 10)}</dd>
        <dt>{say('screen.timeline.source.rejected')}</dt>
        <dd>
          {format.number(source.rejectedLastHour)}
          {source.rejectedLastHour > 0 && (
            <Go to={`/settings/events?source=${source.id}&state=rejected`}>{say('screen.timeline.source.why')}</Go>
          )}
        </dd>
        <dt>{say('screen.timeline.source.events')}</dt>
        <dd>
          <Go to={`/settings/events?source=${source.id}`}>{say('screen.timeline.source.inspect')}</Go>
        </dd>
        {source.writeKey !== '' && (
          <>
            <dt>{say('screen.timeline.source.key')}</dt>
            <dd>
              <Code text={source.writeKey} cut />
            </dd>
          </>
        )}
      </dl>
      {source.writeKey !== '' && <Snippets source={source} />}
      {can('source.manage') && (
        <>
          <Rename source={source} save={patch} />
          <div className={classes.acts}>
            <Button variant="default" onClick={() => void toggle()}>
              {say(source.enabled ? 'screen.timeline.source.disable' : 'screen.timeline.source.enable')}
            </Button>
            <Button variant="default" onClick={() => setAsking('rotate')}>
              {say('screen.timeline.source.rotate')}
            </Button>
            <Button variant="subtle" color="red" onClick={() => setAsking('delete')}>
              {say('ui.delete')}
            </Button>
          </div>
        </>
      )}
      {asking === 'rotate' && (
        <Ask
          title={say('screen.timeline.source.rotate')}
          consequence={say('screen.timeline.source.rotate.consequence')}
          act={say('screen.timeline.source.rotate')}
          run={async () => {
            await api.post(`/v1/sources/${source.id}/key`);
            await refresh();
            tellDone(say('screen.timeline.source.rotated'));
          }}
          onClose={() => setAsking(undefined)}
        />
      )}
      {asking === 'delete' && (
        <Ask
          title={say('screen.timeline.source.delete')}
          consequence={say('screen.timeline.source.delete.consequence')}
          act={say('ui.delete')}
          run={async () => {
            await api.delete(`/v1/sources/${source.id}`);
            await refresh();
            onClose();
          }}
          onClose={() => setAsking(undefined)}
        />
      )}
    </Drawer>
  );
}

function Rename({
  source,
  save,
}: {
  source: Source;
  save: (change: Partial<Source>) => Promise<void>;
}): React.JSX.Element {
  const { say } = useWords();
  const [name, setName] = useState(source.name);
  const [owner, setOwner] = useState(source.owner);
  const changed = name.trim() !== source.name || owner.trim() !== source.owner;
  return (
    <form
      className={classes.rename}
      onSubmit={(event) => {
        event.preventDefault();
        const before = { name: source.name, owner: source.owner };
        save({ name: name.trim(), owner: owner.trim() })
          .then(() => tellDone(say('screen.timeline.source.saved'), () => save(before)))
          .catch(tellFailure);
      }}
    >
      <TextInput
        label={say('screen.timeline.source.name')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        required
        withAsterisk={false}
        maxLength={120}
      />
      <TextInput
        label={say('screen.timeline.source.owner')}
        value={owner}
        onChange={(event) => setOwner(event.currentTarget.value)}
        maxLength={120}
      />
      <Button type="submit" variant="default" disabled={!changed || name.trim() === ''}>
        {say('ui.save')}
      </Button>
    </form>
  );
}

/** Code that sends the first event, with this source's key in it. */
function Snippets({ source }: { source: Source }): React.JSX.Element {
  const { say } = useWords();
  const { origin, host, protocol } = location;
  const key = source.writeKey;
  const curl = `curl ${origin}/v1/track -u ${key}: \\
  -H 'content-type: application/json' \\
  -d '{"event":"Product Viewed","anonymousId":"test-1","properties":{"name":"Волна X","price":12990}}'`;
  const node = `import { Analytics } from '@segment/analytics-node';

const analytics = new Analytics({ writeKey: '${key}', host: '${origin}', path: '/v1/batch' });
analytics.track({ userId: 'u-1', event: 'Order Completed', properties: { order_id: '1001', total: 12990, currency: 'RUB' } });
await analytics.closeAndFlush();`;
  const browser = `import { AnalyticsBrowser } from '@segment/analytics-next';

const analytics = AnalyticsBrowser.load(
  { writeKey: '${key}', cdnURL: '${origin}' },
  { integrations: { 'Segment.io': { apiHost: '${host}/v1', protocol: '${protocol.replace(':', '')}' } } },
);
analytics.page();
analytics.identify('u-1', { email: 'anna@example.com' });`;
  return (
    <Tabs defaultValue={source.kind === 'site' ? 'browser' : 'curl'} className={classes.snippets ?? ''}>
      <Tabs.List>
        <Tabs.Tab value="browser">{say('screen.timeline.source.snippet.browser')}</Tabs.Tab>
        <Tabs.Tab value="node">Node</Tabs.Tab>
        <Tabs.Tab value="curl">curl</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="browser">
        <Json text={browser} />
      </Tabs.Panel>
      <Tabs.Panel value="node">
        <Json text={node} />
      </Tabs.Panel>
      <Tabs.Panel value="curl">
        <Json text={curl} />
      </Tabs.Panel>
    </Tabs>
  );
}
