import { Button, PasswordInput, SegmentedControl, Select, TextInput } from '@mantine/core';
import {
  api,
  FormDialog,
  messageOf,
  PageHead,
  Part,
  tellDone,
  tellFailure,
  usePlace,
  useSaveProfile,
  useSession,
  useWords,
  type Session,
} from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState, type FormEvent } from 'react';
import { Sessions } from './sessions.tsx';
import { Totp } from './totp.tsx';
import classes from './staff.module.css';

/** My profile: how I am called, my language and zone, password, second factor, where I am signed in. */
export default function Profile(): React.JSX.Element {
  const { say } = useWords();
  const { search } = usePlace();
  const security = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (search['part'] === 'security') security.current?.scrollIntoView({ block: 'start' });
  }, [search]);
  return (
    <>
      <PageHead title={say('screen.staff.profile.title')} about={say('screen.staff.profile.about')} />
      <div className={classes.profile}>
        <Part title={say('screen.staff.profile.me')}>
          <Mine />
        </Part>
        <div className={classes.form} ref={security}>
          <Part title={say('screen.staff.password')}>
            <Password />
          </Part>
          <Part title={say('screen.staff.totp')}>
            <Totp />
          </Part>
        </div>
        <Part title={say('screen.staff.sessions.mine')}>
          <Sessions />
        </Part>
      </div>
    </>
  );
}

/** Whether the signed-in person has a password: then it is asked for before what would take the account away. */
const hasPassword = (session: Session | null | undefined): boolean =>
  (session?.staff as { password?: boolean } | undefined)?.password !== false;

function Mine(): React.JSX.Element {
  const { say } = useWords();
  const { session } = useSession();
  const save = useSaveProfile();
  const [name, setName] = useState(session?.staff.name ?? '');
  const [email, setEmail] = useState(session?.staff.email ?? '');
  const [asking, setAsking] = useState<string>();
  const zones = useMemo(() => Intl.supportedValuesOf('timeZone'), []);
  const staff = session?.staff;
  const put = (change: Parameters<typeof save>[0]): void => {
    save(change)
      .then(() => tellDone(say('screen.staff.saved')))
      .catch(tellFailure);
  };
  return (
    <div className={classes.form}>
      <TextInput
        label={say('screen.staff.name')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        onBlur={() => {
          if (name.trim() !== '' && name.trim() !== staff?.name) put({ name: name.trim() });
        }}
        maxLength={120}
      />
      <TextInput
        type="email"
        label={say('screen.staff.email')}
        description={say('screen.staff.profile.email')}
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        onBlur={(event) => {
          const next = email.trim();
          if (!event.currentTarget.validity.valid || next === '' || next === staff?.email) return;
          if (hasPassword(session)) setAsking(next);
          else put({ email: next });
        }}
      />
      <Select
        label={say('screen.staff.profile.zone')}
        data={zones}
        value={staff?.timeZone ?? null}
        onChange={(zone) => zone !== null && put({ timeZone: zone })}
        searchable
      />
      <div>
        <div className={classes.note}>{say('screen.staff.profile.language')}</div>
        <SegmentedControl
          value={staff?.locale ?? 'ru'}
          onChange={(locale) => put({ locale })}
          aria-label={say('screen.staff.profile.language')}
          data={[
            { value: 'ru', label: 'Русский' },
            { value: 'en', label: 'English' },
          ]}
        />
      </div>
      {asking !== undefined && (
        <NewEmail
          email={asking}
          onClose={(kept) => {
            setAsking(undefined);
            setEmail(kept);
          }}
        />
      )}
    </div>
  );
}

/** Another e-mail is another name to sign in with, so the password is asked for again. */
function NewEmail({ email, onClose }: { email: string; onClose: (kept: string) => void }): React.JSX.Element {
  const { say } = useWords();
  const client = useQueryClient();
  return (
    <FormDialog
      title={say('screen.staff.profile.email.act')}
      act={say('screen.staff.profile.email.act')}
      submit={async (form) => {
        await api.patch('/v1/session/profile', { email, password: form.get('password') });
        await client.invalidateQueries({ queryKey: ['session'] });
        tellDone(say('screen.staff.saved'));
      }}
      onClose={() => onClose(client.getQueryData<Session | null>(['session'])?.staff.email ?? email)}
    >
      <p className={classes.note}>{say('screen.staff.profile.email.consequence', { email })}</p>
      <PasswordInput
        name="password"
        label={say('screen.staff.password.current')}
        autoComplete="current-password"
        required
        withAsterisk={false}
        data-autofocus
      />
    </FormDialog>
  );
}

function Password(): React.JSX.Element {
  const { say } = useWords();
  const { session } = useSession();
  const [failure, setFailure] = useState<string>();
  const has = hasPassword(session);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const element = event.currentTarget;
    const form = new FormData(element);
    if (form.get('next') !== form.get('again')) {
      setFailure(say('screen.staff.password.differ'));
      return;
    }
    try {
      await api.put('/v1/session/password', {
        ...(has ? { current: form.get('current') } : {}),
        next: form.get('next'),
      });
      element.reset();
      setFailure(undefined);
      tellDone(say('screen.staff.password.changed'));
    } catch (error) {
      setFailure(messageOf(error));
    }
  };
  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)}>
      {has && (
        <PasswordInput
          name="current"
          label={say('screen.staff.password.current')}
          autoComplete="current-password"
          required
          withAsterisk={false}
        />
      )}
      <PasswordInput
        name="next"
        label={say('screen.staff.password.new')}
        autoComplete="new-password"
        required
        withAsterisk={false}
      />
      <PasswordInput
        name="again"
        label={say('screen.staff.password.again')}
        autoComplete="new-password"
        required
        withAsterisk={false}
      />
      {failure !== undefined && (
        <p className={classes.failure} role="alert">
          {failure}
        </p>
      )}
      <div>
        <Button type="submit" variant="default">
          {say('screen.staff.password.change')}
        </Button>
      </div>
    </form>
  );
}
