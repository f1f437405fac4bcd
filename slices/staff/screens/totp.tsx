import { Button, PinInput, TextInput } from '@mantine/core';
import { api, Code, FormDialog, messageOf, Qr, tellDone, tellFailure, useSession, useWords } from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import classes from './staff.module.css';

/** The second factor: set up by an authenticator app, kept by recovery codes, taken off. */
export function Totp(): React.JSX.Element {
  const { say } = useWords();
  const { session } = useSession();
  const client = useQueryClient();
  const [setup, setSetup] = useState<{ secret: string; uri: string }>();
  const [codes, setCodes] = useState<readonly string[]>();
  const [failure, setFailure] = useState<string>();
  const [typed, setTyped] = useState('');
  const [removing, setRemoving] = useState(false);
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: ['session'] });
  const begin = (): void => {
    api.post<{ secret: string; uri: string }>('/v1/session/totp/setup').then(setSetup).catch(tellFailure);
  };
  const confirm = async (code: string): Promise<void> => {
    try {
      const answer = await api.post<{ recoveryCodes: string[] }>('/v1/session/totp/confirm', { code });
      setCodes(answer.recoveryCodes);
      setSetup(undefined);
      setFailure(undefined);
      await refresh();
    } catch (error) {
      setFailure(messageOf(error));
      setTyped('');
    }
  };
  if (codes !== undefined) {
    return (
      <div className={classes.form}>
        <p className={classes.note}>{say('screen.staff.totp.codes')}</p>
        <ul className={classes.codes}>
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
        <div className={classes.acts}>
          <Code text={codes.join('\n')} cut />
          <Button onClick={() => setCodes(undefined)}>{say('screen.staff.totp.codes.kept')}</Button>
        </div>
      </div>
    );
  }
  if (setup !== undefined) {
    return (
      <div className={classes.scan}>
        <Qr text={setup.uri} label={say('screen.staff.totp.qr')} />
        <div className={classes.form}>
          <p className={classes.note}>{say('screen.staff.totp.scan')}</p>
          <Code text={setup.secret} />
          <PinInput
            length={6}
            type="number"
            oneTimeCode
            value={typed}
            onChange={setTyped}
            onComplete={(code) => void confirm(code)}
            getInputProps={(index) => ({ 'aria-label': `${say('screen.staff.code.digit')} ${String(index + 1)}` })}
          />
          {failure !== undefined && (
            <p className={classes.failure} role="alert">
              {failure}
            </p>
          )}
        </div>
      </div>
    );
  }
  const on = session?.staff.totp === true;
  return (
    <div className={classes.form}>
      <p className={classes.note}>{say(on ? 'screen.staff.totp.on' : 'screen.staff.totp.off')}</p>
      <div>
        {on ? (
          <Button variant="default" onClick={() => setRemoving(true)}>
            {say('screen.staff.totp.remove')}
          </Button>
        ) : (
          <Button onClick={begin}>{say('screen.staff.totp.begin')}</Button>
        )}
      </div>
      {removing && (
        <FormDialog
          title={say('screen.staff.totp.remove')}
          act={say('screen.staff.totp.remove')}
          submit={async (form) => {
            await api.post('/v1/session/totp/remove', { code: form.get('code') });
            await refresh();
            tellDone(say('screen.staff.totp.removed'));
          }}
          onClose={() => setRemoving(false)}
        >
          <p className={classes.note}>{say('screen.staff.totp.remove.consequence')}</p>
          <TextInput
            name="code"
            label={say('screen.staff.totp.remove.code')}
            autoComplete="one-time-code"
            minLength={6}
            maxLength={40}
            required
            withAsterisk={false}
            data-autofocus
          />
        </FormDialog>
      )}
    </div>
  );
}
