import { Button, PasswordInput, PinInput, TextInput } from '@mantine/core';
import { api, messageOf, Problem, usePlace, useSession, useWords } from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { River } from './sign-in-river.tsx';
import { NewPassword } from './new-password.tsx';
import classes from './sign-in.module.css';

type Step = 'password' | 'code' | 'recovery' | 'link' | 'new-password';

/** Sign-in: a password and a second factor, or a one-time link, after which the invited set a password. */
export default function SignIn(): React.JSX.Element {
  const { say } = useWords();
  const { search, go } = usePlace();
  const { session } = useSession();
  const client = useQueryClient();
  // The link carries the token after `#`: what stands there reaches no server log and no Referer.
  const token = search['token'] ?? new URLSearchParams(location.hash.slice(1)).get('token') ?? undefined;
  const [step, setStep] = useState<Step>(token === undefined ? 'password' : 'link');
  const [failure, setFailure] = useState<unknown>();
  const back = search['back'];
  const target = back !== undefined && /^\/(?![/\\])/.test(back) ? back : '/';

  const enter = async (): Promise<void> => {
    await client.invalidateQueries({ queryKey: ['session'] });
    const now = await api.get<{ staff: { password?: boolean } }>('/v1/session');
    // Whoever was invited has no password yet: without one the next visit would need another link.
    if (now.staff.password === false && step === 'link' && search['later'] === undefined) setStep('new-password');
    else go(target, { replace: true });
  };

  const spent = useRef(false);
  useEffect(() => {
    if (token === undefined || spent.current) return;
    spent.current = true;
    // A link works once: in the history it would only mislead.
    history.replaceState(history.state, '', location.pathname);
    api
      .post<{ state: string } | undefined>('/v1/session/link', { token })
      .then((answer) => (answer?.state === 'totp-required' ? setStep('code') : enter()))
      .catch((error: unknown) => {
        setFailure(error);
        setStep('password');
      });
  });
  useEffect(() => {
    if (session !== null && session !== undefined && step === 'password' && token === undefined)
      go(target, { replace: true });
  }, [session, step, token, go, target]);

  return (
    <Frame>
      {step === 'link' && <p className="dim">{say('screen.staff.sign-in.link')}</p>}
      {step === 'password' && <PasswordStep failure={failure} onCode={() => setStep('code')} onEnter={enter} />}
      {step === 'code' && <CodeStep onEnter={enter} onRecovery={() => setStep('recovery')} />}
      {step === 'recovery' && <RecoveryStep onEnter={enter} onBack={() => setStep('code')} />}
      {step === 'new-password' && (
        <NewPassword onDone={() => go(target, { replace: true })} onLater={() => go(target, { replace: true })} />
      )}
    </Frame>
  );
}

function Frame({ children }: { children: ReactNode }): React.JSX.Element {
  return (
    <div className={classes.page}>
      <div className={classes.picture} aria-hidden>
        <River />
      </div>
      <main className={classes.box}>
        <div className={classes.form}>
          <div className={classes.name}>
            <img src="/logo.svg" width={34} height={34} alt="" />
            <span>Ruslo</span>
          </div>
          {children}
        </div>
      </main>
    </div>
  );
}

function Failure({ error }: { error: unknown }): React.JSX.Element | null {
  const { say } = useWords();
  if (error === undefined) return null;
  return (
    <p className={classes.failure} role="alert">
      {messageOf(error)}
      {error instanceof Problem && error.code === 'staff.link-spent' && <> {say('screen.staff.sign-in.link-spent')}</>}
    </p>
  );
}

function PasswordStep({
  failure,
  onCode,
  onEnter,
}: {
  failure: unknown;
  onCode: () => void;
  onEnter: () => Promise<void>;
}): React.JSX.Element {
  const { say } = useWords();
  const [error, setError] = useState<unknown>(failure);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(undefined);
    try {
      const answer = await api.post<{ state: string }>('/v1/session', {
        email: form.get('email'),
        password: form.get('password'),
      });
      if (answer.state === 'totp-required') onCode();
      else await onEnter();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className={classes.fields} onSubmit={(event) => void submit(event)}>
      <h1 className={classes.title}>{say('screen.staff.sign-in.title')}</h1>
      <TextInput
        name="email"
        type="email"
        label={say('screen.staff.email')}
        autoComplete="username"
        required
        withAsterisk={false}
        data-autofocus
        autoFocus
      />
      <PasswordInput
        name="password"
        label={say('screen.staff.password')}
        autoComplete="current-password"
        required
        withAsterisk={false}
      />
      <Failure error={error} />
      <Button type="submit" loading={busy} fullWidth>
        {say('screen.staff.sign-in.act')}
      </Button>
      <p className={classes.hint}>{say('screen.staff.sign-in.hint')}</p>
    </form>
  );
}

function CodeStep({
  onEnter,
  onRecovery,
}: {
  onEnter: () => Promise<void>;
  onRecovery: () => void;
}): React.JSX.Element {
  const { say } = useWords();
  const [error, setError] = useState<unknown>();
  const [code, setCode] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (typed: string): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await api.post('/v1/session/totp', { code: typed });
      await onEnter();
    } catch (caught) {
      setError(caught);
      setCode('');
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={classes.fields}>
      <h1 className={classes.title}>{say('screen.staff.code.title')}</h1>
      <p className={classes.hint}>{say('screen.staff.code.about')}</p>
      <PinInput
        length={6}
        type="number"
        oneTimeCode
        value={code}
        onChange={setCode}
        onComplete={(typed) => void submit(typed)}
        disabled={busy}
        autoFocus
        getInputProps={(index) => ({ 'aria-label': `${say('screen.staff.code.digit')} ${String(index + 1)}` })}
      />
      <Failure error={error} />
      <Button variant="subtle" size="compact-sm" onClick={onRecovery}>
        {say('screen.staff.recovery.instead')}
      </Button>
    </div>
  );
}

function RecoveryStep({ onEnter, onBack }: { onEnter: () => Promise<void>; onBack: () => void }): React.JSX.Element {
  const { say } = useWords();
  const [error, setError] = useState<unknown>();
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    try {
      await api.post('/v1/session/totp', { code: new FormData(event.currentTarget).get('code') });
      await onEnter();
    } catch (caught) {
      setError(caught);
    }
  };
  return (
    <form className={classes.fields} onSubmit={(event) => void submit(event)}>
      <h1 className={classes.title}>{say('screen.staff.recovery.title')}</h1>
      <TextInput name="code" label={say('screen.staff.recovery.code')} autoFocus required withAsterisk={false} />
      <Failure error={error} />
      <Button type="submit" fullWidth>
        {say('screen.staff.sign-in.act')}
      </Button>
      <Button variant="subtle" size="compact-sm" onClick={onBack}>
        {say('screen.staff.recovery.back')}
      </Button>
    </form>
  );
}
