import { Modal } from '@mantine/core';
import { KeyCap, keysNow, useWords } from '@ruslo/ui';
import classes from './key-page.module.css';

/** Which keys work here and now. */
export function KeyPage({ opened, onClose }: { opened: boolean; onClose: () => void }): React.JSX.Element {
  const { say } = useWords();
  return (
    <Modal opened={opened} onClose={onClose} title={say('shell.keys')} size="sm">
      {opened && (
        <dl className={classes.keys}>
          <Row keys={['Ctrl', 'K']} means={say('shell.key.find')} />
          {keysNow().map((key) => (
            <Row key={key.key} keys={[shown(key.key)]} means={key.means} />
          ))}
        </dl>
      )}
    </Modal>
  );
}

const shown = (key: string): string => (key.length === 1 ? key.toUpperCase() : key === 'Escape' ? 'Esc' : key);

function Row({ keys, means }: { keys: readonly string[]; means: string }): React.JSX.Element {
  return (
    <div className={classes.row}>
      <dt>
        {keys.map((key) => (
          <KeyCap key={key}>{key}</KeyCap>
        ))}
      </dt>
      <dd>{means}</dd>
    </div>
  );
}
