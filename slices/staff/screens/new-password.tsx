import { Button, PasswordInput, TextInput } from '@mantine/core';
import { api, messageOf, useSession, useWords } from '@ruslo/ui';
import { useState, type FormEvent } from 'react';
import classes from './sign-in.module.css';

/** The first password of whoever came by an invitation. */
export function NewPassword({ onDone, onLater }: { onDone: () => void; onLater: () => void }): React.JSX.Element {
  const { say } = useWords();
  const [failure, setFailure] = useState<string>();
  const { session } = useSession();
  // The owner whom the first start made has a stand-in for an e-mail, with which nobody could sign in.
  const nameless = session?.staff.email.endsWith('.invalid') === true;
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    if (form.get('next') !== form.get('again')) {
      setFailure(say('screen.staff.password.differ'));
      return;
    }
    setBusy(true);
    try {
      if (nameless) await api.patch('/v1/session/profile', { email: form.get('email') });
      await api.put('/v1/session/password', { next: form.get('next') });
      onDone();
    } catch (error) {
      setFailure(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <form className={classes.fields} onSubmit={(event) => void submit(event)}>
      <h1 className={classes.title}>{say('screen.staff.password.first')}</h1>
      <p className={classes.hint}>{say('screen.staff.password.why')}</p>
      {nameless && (
        <TextInput
          name="email"
          type="email"
          label={say('screen.staff.email')}
          description={say('screen.staff.profile.email')}
          autoComplete="username"
          required
          withAsterisk={false}
          autoFocus
        />
      )}
      <PasswordInput
        name="next"
        label={say('screen.staff.password.new')}
        autoComplete="new-password"
        required
        withAsterisk={false}
        autoFocus={!nameless}
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
      <Button type="submit" loading={busy} fullWidth>
        {say('screen.staff.password.set')}
      </Button>
      <Button variant="subtle" onClick={onLater}>
        {say('screen.staff.password.later')}
      </Button>
    </form>
  );
}
