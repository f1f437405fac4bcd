import { Badge, Button, Checkbox, Modal, TextInput } from '@mantine/core';
import {
  Ago,
  api,
  Ask,
  Code,
  Empty,
  Listed,
  FormDialog,
  Light,
  PageHead,
  Sheet,
  useList,
  useSession,
  useWords,
} from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import type { Key } from './model.ts';
import classes from './staff.module.css';

/** Secret keys, with which other systems do what staff can. */
export default function Keys(): React.JSX.Element {
  const { say } = useWords();
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string>();
  const [revoking, setRevoking] = useState<Key>();
  const list = useList<Key>('/v1/keys', {}, { limit: 200 });
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: ['/v1/keys'] });
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
      {say('screen.staff.key.add')}
    </Button>
  );
  return (
    <>
      <PageHead title={say('screen.staff.key.title')} about={say('screen.staff.key.about')}>
        {add}
      </PageHead>
      <Listed
        list={list}
        count={list.items.length}
        none={
          <Empty title={say('screen.staff.key.none')} about={say('screen.staff.key.none.about')}>
            {add}
          </Empty>
        }
      >
        <Sheet
          rows={list.items}
          keyOf={(key) => key.id}
          label={say('screen.staff.key.title')}
          off={(key) => key.revokedAt !== null}
          columns={[
            { title: say('screen.staff.key.name'), render: (key) => key.name },
            {
              title: say('screen.staff.key.prefix'),
              render: (key) => <span className="mono">{key.prefix}…</span>,
              spare: true,
            },
            {
              title: say('screen.staff.key.scopes'),
              spare: true,
              render: (key) => (
                <span className={classes.badges}>
                  {key.scopes.slice(0, 4).map((scope) => (
                    <Badge key={scope} color="gray">
                      {scope}
                    </Badge>
                  ))}
                  {key.scopes.length > 4 && <Badge color="gray">+{key.scopes.length - 4}</Badge>}
                </span>
              ),
            },
            { title: say('screen.staff.key.used'), render: (key) => <Ago at={key.lastUsedAt} /> },
            {
              title: say('screen.staff.state'),
              align: 'right',
              render: (key) =>
                key.revokedAt === null ? (
                  <Button size="compact-sm" variant="default" onClick={() => setRevoking(key)}>
                    {say('screen.staff.key.revoke')}
                  </Button>
                ) : (
                  <Light state="none" label={say('screen.staff.key.revoked')} />
                ),
            },
          ]}
        />
      </Listed>
      {adding && <NewKey onClose={() => setAdding(false)} onSecret={setSecret} refresh={refresh} />}
      {secret !== undefined && (
        <Modal opened onClose={() => setSecret(undefined)} title={say('screen.staff.key.secret')} size="lg">
          <p className={classes.note}>{say('screen.staff.key.secret.about')}</p>
          <Code text={secret} />
        </Modal>
      )}
      {revoking !== undefined && (
        <Ask
          title={say('screen.staff.key.revoke')}
          consequence={say('screen.staff.key.revoke.consequence', { name: revoking.name })}
          act={say('screen.staff.key.revoke')}
          run={async () => {
            await api.delete(`/v1/keys/${revoking.id}`);
            await refresh();
          }}
          onClose={() => setRevoking(undefined)}
        />
      )}
    </>
  );
}

function NewKey({
  onClose,
  onSecret,
  refresh,
}: {
  onClose: () => void;
  onSecret: (secret: string) => void;
  refresh: () => Promise<void>;
}): React.JSX.Element {
  const { say } = useWords();
  const { session } = useSession();
  const [scopes, setScopes] = useState<string[]>(['customer.read']);
  // A key never may more than its maker; what only a person can do is no scope.
  const offered = (session?.permissions ?? []).filter((permission) => permission !== 'session.self');
  return (
    <FormDialog
      title={say('screen.staff.key.add')}
      act={say('screen.staff.key.create')}
      onClose={onClose}
      submit={async (form) => {
        const made = await api.post<{ secret: string }>('/v1/keys', { name: form.get('name'), scopes });
        await refresh();
        onSecret(made.secret);
      }}
    >
      <TextInput
        name="name"
        label={say('screen.staff.key.name')}
        placeholder={say('screen.staff.key.name.example')}
        required
        withAsterisk={false}
        maxLength={120}
        data-autofocus
      />
      <Checkbox.Group label={say('screen.staff.key.scopes')} value={scopes} onChange={setScopes}>
        <div className={classes.roles}>
          {offered.map((permission) => (
            <Checkbox
              key={permission}
              value={permission}
              label={<span className="mono">{permission}</span>}
              size="sm"
            />
          ))}
        </div>
      </Checkbox.Group>
    </FormDialog>
  );
}
