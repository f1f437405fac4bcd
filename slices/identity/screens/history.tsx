import { Button, Modal, Textarea } from '@mantine/core';
import {
  Ago,
  api,
  Code,
  Part,
  tellDone,
  tellFailure,
  useCan,
  useFormat,
  useList,
  useSession,
  useWords,
} from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { IconArrowsSplit2 } from '@tabler/icons-react';
import { useState } from 'react';
import { EvidenceTable } from './evidence.tsx';
import type { Customer, Member, Merge } from './model.ts';
import classes from './part.module.css';

/** Of which profiles the person is made: who joined them, why, on what evidence; and the way apart. */
export function History({ customer }: { customer: Customer }): React.JSX.Element | null {
  const { say } = useWords();
  const [splitting, setSplitting] = useState<Member>();
  const merged = customer.members.filter((member) => member.merge !== null);
  if (merged.length === 0) return null;
  return (
    <Part title={say('screen.identity.history', { count: merged.length })} flush>
      {merged.map((member) => (
        <Joined key={member.id} member={member} customer={customer} onSplit={() => setSplitting(member)} />
      ))}
      {splitting !== undefined && (
        <Split member={splitting} customer={customer} onClose={() => setSplitting(undefined)} />
      )}
    </Part>
  );
}

export function useWho(): (by: Merge['by']) => string {
  const { say } = useWords();
  const { session } = useSession();
  const can = useCan();
  const staff = useList<{ id: string; name: string }>('/v1/staff', {}, { enabled: can('staff.manage') });
  return (by) => {
    if (by.kind !== 'staff') return say(`screen.identity.by.${by.kind}`);
    if (by.id === session?.staff.id) return session?.staff.name ?? say('screen.identity.by.staff');
    return staff.items.find((member) => member.id === by.id)?.name ?? say('screen.identity.by.staff');
  };
}

function Joined({
  member,
  customer,
  onSplit,
}: {
  member: Member;
  customer: Customer;
  onSplit: () => void;
}): React.JSX.Element {
  const { say } = useWords();
  const can = useCan();
  const who = useWho();
  const { has } = useWords();
  const [opened, setOpened] = useState(false);
  const merge = member.merge;
  const own = customer.identifiers.filter((each) => each.customerId === member.id).length;
  if (merge === null) return <></>;
  return (
    <div className={classes.member}>
      <div className={classes.memberHead}>
        <span>
          <Ago at={merge.at} /> · {who(merge.by)}
        </span>
        {can('customer.merge') && (
          <Button variant="subtle" size="compact-sm" leftSection={<IconArrowsSplit2 size={14} />} onClick={onSplit}>
            {say('screen.identity.split.act')}
          </Button>
        )}
      </div>
      {merge.why !== '' && (
        <p className={classes.why}>
          {has(`screen.identity.why.${merge.why}`) ? say(`screen.identity.why.${merge.why}`) : merge.why}
        </p>
      )}
      <p className={classes.why}>
        {say('screen.identity.history.brought', { count: own })} <Code text={member.id.slice(-8)} />
      </p>
      {merge.evidence.length > 0 && (
        <>
          <Button variant="subtle" size="compact-xs" onClick={() => setOpened(true)}>
            {say('screen.identity.evidence.show')}
          </Button>
          <Modal
            opened={opened}
            onClose={() => setOpened(false)}
            title={say('screen.identity.evidence.title')}
            size="lg"
          >
            <EvidenceTable
              evidence={merge.evidence}
              a={say('screen.identity.evidence.this')}
              b={say('screen.identity.evidence.joined')}
            />
          </Modal>
        </>
      )}
    </div>
  );
}

function Split({
  member,
  customer,
  onClose,
}: {
  member: Member;
  customer: Customer;
  onClose: () => void;
}): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const client = useQueryClient();
  const [why, setWhy] = useState('');
  const [busy, setBusy] = useState(false);
  const own = customer.identifiers.filter((each) => each.customerId === member.id).length;
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      await api.post(`/v1/customers/${customer.id}/unmerge`, { mergeId: member.merge?.id, why: why.trim() });
      await Promise.all(
        [['customer'], ['/v1/customers'], ['river'], ['timeline'], ['vitals']].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      );
      tellDone(say('screen.identity.split.done'));
      onClose();
    } catch (error) {
      tellFailure(error);
    }
    setBusy(false);
  };
  return (
    <Modal opened onClose={onClose} title={say('screen.identity.split.title')} size="md">
      <div className={classes.form}>
        <p className={classes.why}>
          {say('screen.identity.split.consequence', {
            count: own,
            when: format.date(member.merge?.at ?? member.createdAt, 'exact'),
          })}
        </p>
        <Textarea
          label={say('screen.identity.why')}
          placeholder={say('screen.identity.split.example')}
          value={why}
          onChange={(event) => setWhy(event.currentTarget.value)}
          autosize
          minRows={1}
          maxRows={4}
          maxLength={500}
          data-autofocus
        />
        <div className={classes.acts}>
          <Button
            color="red"
            leftSection={<IconArrowsSplit2 size={16} />}
            disabled={why.trim() === ''}
            loading={busy}
            onClick={() => void submit()}
          >
            {say('screen.identity.split.act')}
          </Button>
          <Button variant="subtle" color="gray" onClick={onClose}>
            {say('ui.cancel')}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
