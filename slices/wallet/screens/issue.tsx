import { Button, Checkbox, Modal, NumberInput } from '@mantine/core';
import { api, Code, DayInput, FormDialog, MoneyInput, tellDone, tellFailure, useFormat, useWords } from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { endOfDay, type Issued } from './model.ts';
import classes from './wallet.module.css';

const currency = 'RUB';

/** Makes gift cards. Their codes are in the answer and nowhere else. */
export function IssueForm({ onClose }: { onClose: () => void }): React.JSX.Element {
  const { say } = useWords();
  const { zone } = useFormat();
  const client = useQueryClient();
  const [amountMinor, setAmount] = useState<number | null>(300_000);
  const [active, setActive] = useState(false);
  const [issued, setIssued] = useState<Issued>();
  // One command, however often the button is pressed.
  const key = useRef(crypto.randomUUID());
  const submit = async (form: FormData): Promise<boolean> => {
    const count = Number(form.get('count'));
    const until = form.get('expiresAt');
    const expiresAt = typeof until === 'string' && until !== '' ? endOfDay(until, zone) : null;
    if (amountMinor === null || amountMinor < 1 || !Number.isSafeInteger(count) || count < 1) return false;
    const body = { amountsMinor: Array.from({ length: count }, () => amountMinor), currency, expiresAt, active };
    const answer = await api.post<Issued>('/v1/gift-cards', body, key.current);
    await client.invalidateQueries({ queryKey: ['/v1/gift-cards'] });
    setIssued(answer);
    return false;
  };
  if (issued !== undefined) return <Codes issued={issued} amountMinor={amountMinor ?? 0} onClose={onClose} />;
  return (
    <FormDialog title={say('screen.wallet.issue')} act={say('screen.wallet.issue')} submit={submit} onClose={onClose}>
      <MoneyInput
        label={say('screen.wallet.card.amount')}
        valueMinor={amountMinor}
        onChange={setAmount}
        min={0.01}
        required
        data-autofocus
      />
      <NumberInput
        name="count"
        label={say('screen.wallet.issue.count')}
        min={1}
        max={1_000}
        defaultValue={1}
        required
        hideControls
      />
      <DayInput name="expiresAt" label={say('screen.wallet.issue.until')} />
      <Checkbox
        label={say('screen.wallet.issue.active')}
        description={say('screen.wallet.issue.active.about')}
        checked={active}
        onChange={(event) => setActive(event.currentTarget.checked)}
      />
    </FormDialog>
  );
}

function Codes({
  issued,
  amountMinor,
  onClose,
}: {
  issued: Issued;
  amountMinor: number;
  onClose: () => void;
}): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const codes = issued.cards.flatMap((card) => card.code ?? []);
  const copy = (): void => {
    navigator.clipboard.writeText(codes.join('\n')).then(() => tellDone(say('ui.copied')), tellFailure);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={say('screen.wallet.codes', { count: issued.cards.length })}
      size="md"
      // The codes are not shown again: a slip of the hand must not lose them.
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      <div className={classes.stack}>
        <p className={classes.warn} role="status">
          {say(codes.length === 0 ? 'screen.wallet.codes.gone' : 'screen.wallet.codes.once')}
        </p>
        <ul className={classes.codes} aria-label={say('screen.wallet.codes.list')} data-print>
          {issued.cards.map((card) => (
            <li key={card.id}>
              {card.code === null ? <span className="mono">···· {card.last4}</span> : <Code text={card.code} />}
              <span>{format.money(amountMinor, currency)}</span>
            </li>
          ))}
        </ul>
        <div className={classes.acts}>
          <Button onClick={copy} disabled={codes.length === 0} data-autofocus>
            {say('screen.wallet.codes.copy')}
          </Button>
          <Button variant="default" onClick={() => print()}>
            {say('screen.wallet.codes.print')}
          </Button>
          <Button variant="subtle" color="gray" onClick={onClose}>
            {say('screen.wallet.codes.done')}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
