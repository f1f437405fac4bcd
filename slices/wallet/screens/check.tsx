import { TextInput } from '@mantine/core';
import { api, FormDialog, Go, Light, messageOf, useFormat, useWords } from '@ruslo/ui';
import { useState } from 'react';
import { cardLight, type Checked } from './model.ts';
import classes from './wallet.module.css';

/** What is on the card of a code that somebody reads out. */
export function CheckForm({ onClose }: { onClose: () => void }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const [card, setCard] = useState<Checked>();
  const [failure, setFailure] = useState<string>();
  const submit = async (form: FormData): Promise<boolean> => {
    const code = form.get('code');
    setCard(undefined);
    setFailure(undefined);
    try {
      setCard(await api.post<Checked>('/v1/gift-cards/check', { code: typeof code === 'string' ? code.trim() : '' }));
    } catch (error) {
      setFailure(messageOf(error));
    }
    return false;
  };
  return (
    <FormDialog
      title={say('screen.wallet.check')}
      act={say('screen.wallet.check.act')}
      submit={submit}
      onClose={onClose}
    >
      <TextInput
        name="code"
        label={say('screen.wallet.check.code')}
        required
        autoComplete="off"
        spellCheck={false}
        error={failure}
        data-autofocus
      />
      <div aria-live="polite">
        {card !== undefined && (
          <div className={classes.checked}>
            <b className={classes.big}>{format.money(card.balanceMinor, card.currency)}</b>
            <Light state={cardLight[card.state]} label={say(`screen.wallet.card.state.${card.state}`)} />
            {card.expiresAt !== null && (
              <span className="dim">{say('screen.wallet.until.day', { day: format.date(card.expiresAt, 'day') })}</span>
            )}
            <Go to={`/gift-cards/${card.id}`} onClick={onClose}>
              {say('screen.wallet.card.open', { last4: card.last4 })}
            </Go>
          </div>
        )}
      </div>
    </FormDialog>
  );
}
