import { Badge, Button, Checkbox, Drawer, Modal, TextInput } from '@mantine/core';
import {
  Ago,
  api,
  Code,
  Listed,
  FormDialog,
  Light,
  PageHead,
  Sheet,
  tellDone,
  tellFailure,
  useCan,
  useList,
  usePlace,
  useSession,
  useWords,
} from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import type { Member, Role, RoleItem } from './model.ts';
import { Sessions } from './sessions.tsx';
import classes from './staff.module.css';

/** Staff: who may enter and what they may do. */
export default function Staff(): React.JSX.Element {
  const { say } = useWords();
  const { search, setSearch, href } = usePlace();
  const [inviting, setInviting] = useState(false);
  const [link, setLink] = useState<string>();
  const list = useList<Member>('/v1/staff', {}, { limit: 200 });
  const chosen = list.items.find((member) => member.id === search['member']);
  return (
    <>
      <PageHead title={say('screen.staff.title')} about={say('screen.staff.about')}>
        <Button leftSection={<IconPlus size={16} />} onClick={() => setInviting(true)}>
          {say('screen.staff.invite')}
        </Button>
      </PageHead>
      <Listed list={list} count={list.items.length}>
        <Sheet
          rows={list.items}
          keyOf={(member) => member.id}
          label={say('screen.staff.title')}
          hrefOf={(member) => href('/settings/staff', { member: member.id })}
          chosen={search['member']}
          off={(member) => member.blocked}
          columns={[
            { title: say('screen.staff.name'), render: (member) => member.name },
            { title: say('screen.staff.email'), render: (member) => member.email, spare: true },
            {
              title: say('screen.staff.roles'),
              render: (member) => (
                <span className={classes.badges}>
                  {member.roles.map((role) => (
                    <Badge key={role} color="gray">
                      {say(`screen.staff.role.${role}`)}
                    </Badge>
                  ))}
                </span>
              ),
            },
            { title: say('screen.staff.state'), render: (member) => <State member={member} />, spare: true },
            {
              title: say('screen.staff.signed-in'),
              render: (member) => <Ago at={member.signedInAt} />,
              align: 'right',
            },
          ]}
        />
      </Listed>
      {inviting && <Invite onClose={() => setInviting(false)} onLink={setLink} />}
      {link !== undefined && <Link link={link} onClose={() => setLink(undefined)} />}
      {chosen !== undefined && (
        <MemberDrawer key={chosen.id} member={chosen} onClose={() => setSearch({ member: null })} onLink={setLink} />
      )}
    </>
  );
}

function State({ member }: { member: Member }): React.JSX.Element {
  const { say } = useWords();
  if (member.blocked) return <Light state="bad" label={say('screen.staff.state.blocked')} />;
  if (!member.password) {
    return member.signedInAt === null ? (
      <Light state="none" label={say('screen.staff.state.invited')} />
    ) : (
      <Light state="warn" label={say('screen.staff.state.no-password')} />
    );
  }
  return member.totp ? (
    <Light state="good" label={say('screen.staff.state.totp')} />
  ) : (
    <Light state="warn" label={say('screen.staff.state.password')} />
  );
}

function Roles({
  value,
  onChange,
}: {
  value: readonly string[];
  onChange: (roles: string[]) => void;
}): React.JSX.Element {
  const { say } = useWords();
  const list = useList<RoleItem>('/v1/roles');
  return (
    <Checkbox.Group label={say('screen.staff.roles')} value={[...value]} onChange={onChange}>
      <div className={classes.roles}>
        {list.items.map((item) => (
          <Checkbox
            key={item.role}
            value={item.role}
            label={say(`screen.staff.role.${item.role}`)}
            description={say(`screen.staff.role.${item.role}.about`)}
            size="sm"
          />
        ))}
      </div>
    </Checkbox.Group>
  );
}

function Invite({ onClose, onLink }: { onClose: () => void; onLink: (link: string) => void }): React.JSX.Element {
  const { say } = useWords();
  const client = useQueryClient();
  const [roles, setRoles] = useState<string[]>(['agent']);
  return (
    <FormDialog
      title={say('screen.staff.invite')}
      act={say('screen.staff.invite.act')}
      size="lg"
      onClose={onClose}
      submit={async (form) => {
        const answer = await api.post<{ link: string }>('/v1/staff', {
          name: form.get('name'),
          email: form.get('email'),
          roles,
        });
        await client.invalidateQueries({ queryKey: ['/v1/staff'] });
        onLink(answer.link);
      }}
    >
      <TextInput
        name="name"
        label={say('screen.staff.name')}
        required
        withAsterisk={false}
        maxLength={120}
        data-autofocus
      />
      <TextInput
        name="email"
        type="email"
        label={say('screen.staff.email')}
        required
        withAsterisk={false}
        maxLength={254}
      />
      <Roles value={roles} onChange={setRoles} />
    </FormDialog>
  );
}

function Link({ link, onClose }: { link: string; onClose: () => void }): React.JSX.Element {
  const { say } = useWords();
  const full = new URL(link, location.origin).href;
  return (
    <Modal opened onClose={onClose} title={say('screen.staff.link')} size="lg">
      <p className={classes.note}>{say('screen.staff.link.about')}</p>
      <Code text={full} />
    </Modal>
  );
}

function MemberDrawer({
  member,
  onClose,
  onLink,
}: {
  member: Member;
  onClose: () => void;
  onLink: (link: string) => void;
}): React.JSX.Element {
  const { say } = useWords();
  const client = useQueryClient();
  const can = useCan();
  const { session } = useSession();
  const [name, setName] = useState(member.name);
  const [roles, setRoles] = useState<string[]>([...member.roles]);
  const myself = session?.staff.id === member.id;
  const patch = async (change: { name?: string; roles?: readonly string[]; blocked?: boolean }): Promise<void> => {
    await api.patch(`/v1/staff/${member.id}`, change);
    await client.invalidateQueries({ queryKey: ['/v1/staff'] });
  };
  const save = (change: Parameters<typeof patch>[0], before: Parameters<typeof patch>[0], done: string): void => {
    patch(change)
      .then(() => tellDone(done, () => patch(before)))
      .catch(tellFailure);
  };
  const changed = name.trim() !== member.name || roles.toSorted().join(' ') !== member.roles.toSorted().join(' ');
  const newLink = (resetTotp: boolean): void => {
    api
      .post<{ link: string }>(`/v1/staff/${member.id}/link`, resetTotp ? { resetTotp } : {})
      .then((answer) => onLink(answer.link))
      .catch(tellFailure);
  };
  return (
    <Drawer opened onClose={onClose} title={member.name} size="lg">
      <div className={classes.stack}>
        <div className={classes.line}>
          <State member={member} /> <span className="dim">{member.email}</span>
        </div>
        <TextInput
          label={say('screen.staff.name')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={120}
        />
        <Roles value={roles} onChange={setRoles} />
        <div className={classes.acts}>
          <Button
            disabled={!changed || name.trim() === '' || roles.length === 0}
            onClick={() =>
              save(
                { name: name.trim(), roles: roles as Role[] },
                { name: member.name, roles: member.roles },
                say('screen.staff.saved'),
              )
            }
          >
            {say('ui.save')}
          </Button>
          <Button variant="default" onClick={() => newLink(false)}>
            {say('screen.staff.link.new')}
          </Button>
          {member.totp && (
            <Button variant="default" onClick={() => newLink(true)}>
              {say('screen.staff.link.reset')}
            </Button>
          )}
          {!myself && (
            <Button
              variant="subtle"
              color={member.blocked ? 'gray' : 'red'}
              onClick={() =>
                save(
                  { blocked: !member.blocked },
                  { blocked: member.blocked },
                  say(member.blocked ? 'screen.staff.unblocked' : 'screen.staff.blocked'),
                )
              }
            >
              {say(member.blocked ? 'screen.staff.unblock' : 'screen.staff.block')}
            </Button>
          )}
        </div>
        {can('staff.manage') && (
          <section>
            <h3 className={classes.title}>{say('screen.staff.sessions')}</h3>
            <Sessions staffId={member.id} />
          </section>
        )}
      </div>
    </Drawer>
  );
}
