import { Button, Modal, Textarea, TextInput, UnstyledButton } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Ago, useList, useWords } from '@ruslo/ui';
import { IconArrowMerge, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import type { Customer, CustomerRow } from './model.ts';
import { personText, useMerge } from './suggestion.tsx';
import classes from './part.module.css';

/** Merging by hand: find the other, say why. */
export function MergeWith({ customer, onClose }: { customer: Customer; onClose: () => void }): React.JSX.Element {
  const { say } = useWords();
  const merge = useMerge();
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), 150);
  const [other, setOther] = useState<CustomerRow>();
  const [why, setWhy] = useState('');
  const [busy, setBusy] = useState(false);
  const list = useList<CustomerRow>(
    '/v1/customers',
    { q: asked },
    { enabled: asked.length >= 2, limit: 8, keep: true },
  );
  const nameless = say('screen.identity.nameless');
  const found = asked.length < 2 ? [] : list.items.filter((row) => row.id !== customer.id);
  const submit = async (): Promise<void> => {
    if (other === undefined) return;
    setBusy(true);
    if (await merge(customer.id, other.id, why.trim())) onClose();
    setBusy(false);
  };
  return (
    <Modal opened onClose={onClose} title={say('screen.identity.merge.title')} size="md">
      <div className={classes.form}>
        <TextInput
          label={say('screen.identity.merge.other')}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setOther(undefined);
          }}
          leftSection={<IconSearch size={16} aria-hidden />}
          placeholder={say('screen.identity.search')}
          data-autofocus
        />
        <div>
          {found.slice(0, 6).map((row) => (
            <UnstyledButton
              key={row.id}
              className={classes.found}
              data-chosen={row.id === other?.id || undefined}
              onClick={() => setOther(row)}
              aria-pressed={row.id === other?.id}
            >
              <span className="cut">
                {personText(row, nameless)} <span className="dim">{row.phone ?? row.email ?? row.card}</span>
              </span>
              <span className="dim">
                <Ago at={row.lastSeenAt} />
              </span>
            </UnstyledButton>
          ))}
        </div>
        <Textarea
          label={say('screen.identity.why')}
          placeholder={say('screen.identity.why.example')}
          value={why}
          onChange={(event) => setWhy(event.currentTarget.value)}
          autosize
          minRows={1}
          maxRows={4}
          maxLength={500}
          required
          withAsterisk={false}
        />
        <div className={classes.acts}>
          <Button
            leftSection={<IconArrowMerge size={16} />}
            disabled={other === undefined || why.trim() === ''}
            loading={busy}
            onClick={() => void submit()}
          >
            {say('screen.identity.merge.act')}
          </Button>
        </div>
        <p className={classes.why}>{say('screen.identity.merge.consequence')}</p>
      </div>
    </Modal>
  );
}
