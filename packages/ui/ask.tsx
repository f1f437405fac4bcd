import { Button, Modal } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { tellFailure } from './parts.tsx';
import { useWords } from './words.ts';
import classes from './ask.module.css';

/** Asks before what cannot be put back; the consequence is stated. */
export function Ask({
  title,
  consequence,
  act,
  run,
  onClose,
  children,
}: {
  title: string;
  consequence: ReactNode;
  act: string;
  run: () => Promise<unknown>;
  onClose: () => void;
  children?: ReactNode;
}): React.JSX.Element {
  const { say } = useWords();
  const [busy, setBusy] = useState(false);
  const go = async (): Promise<void> => {
    setBusy(true);
    try {
      await run();
      onClose();
    } catch (error) {
      tellFailure(error);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={title} size="md">
      <div className={classes.ask}>
        <p className={classes.text}>{consequence}</p>
        {children}
        <div className={classes.acts}>
          <Button color="red" loading={busy} onClick={() => void go()}>
            {act}
          </Button>
          <Button variant="subtle" color="gray" onClick={onClose} data-autofocus>
            {say('ui.cancel')}
          </Button>
        </div>
      </div>
    </Modal>
  );
}

/** A form in a dialog: fields, a failure beside the button, one main act. */
export function FormDialog({
  title,
  act,
  submit,
  onClose,
  children,
  size = 'md',
}: {
  title: string;
  act: string;
  /** Gives false when the form should stay open. */
  submit: (form: FormData) => Promise<unknown>;
  onClose: () => void;
  children: ReactNode;
  size?: string;
}): React.JSX.Element {
  const { say } = useWords();
  const [busy, setBusy] = useState(false);
  return (
    <Modal opened onClose={onClose} title={title} size={size}>
      <form
        className={classes.ask}
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          setBusy(true);
          submit(form)
            .then((answer) => (answer === false ? undefined : onClose()))
            .catch(tellFailure)
            .finally(() => setBusy(false));
        }}
      >
        {children}
        <div className={classes.acts}>
          <Button type="submit" loading={busy}>
            {act}
          </Button>
          <Button variant="subtle" color="gray" onClick={onClose}>
            {say('ui.cancel')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
