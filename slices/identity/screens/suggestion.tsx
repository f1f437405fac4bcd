import { Button, Modal, Textarea } from '@mantine/core';
import { api, Ago, Go, tellDone, tellFailure, useCan, useWords } from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { IconArrowMerge } from '@tabler/icons-react';
import { useState } from 'react';
import { EvidenceTable } from './evidence.tsx';
import { fullName, phoneText, type Customer, type Person, type Suggestion } from './model.ts';
import classes from './part.module.css';

export const personText = (person: Person, nameless: string): string =>
  fullName(person.name) ??
  (person.phone === null || person.phone === undefined ? undefined : phoneText(person.phone)) ??
  person.email ??
  nameless;

/** Merges two people and says so, with the way back. Gives true when done. */
export function useMerge(): (
  customerId: string,
  other: string,
  why: string,
  suggestionId?: string,
) => Promise<boolean> {
  const client = useQueryClient();
  const { say } = useWords();
  const refresh = (): Promise<unknown> =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['customer'] }),
      client.invalidateQueries({ queryKey: ['/v1/customers'] }),
      client.invalidateQueries({ queryKey: ['river'] }),
      client.invalidateQueries({ queryKey: ['timeline'] }),
      client.invalidateQueries({ queryKey: ['vitals'] }),
    ]);
  return async (customerId, other, why, suggestionId) => {
    try {
      const answer = await api.post<{ mergeId?: string; id?: string } | undefined>(
        `/v1/customers/${customerId}/merge`,
        {
          with: other,
          why,
          ...(suggestionId === undefined ? {} : { suggestionId }),
        },
      );
      await refresh();
      const mergeId = answer?.mergeId;
      tellDone(
        say('screen.identity.merge.done'),
        mergeId === undefined
          ? undefined
          : async () => {
              await api.post(`/v1/customers/${customerId}/unmerge`, {
                mergeId,
                why: say('screen.identity.merge.undone-why'),
              });
              await refresh();
            },
      );
      return true;
    } catch (error) {
      tellFailure(error);
      return false;
    }
  };
}

/** "This may be the same person": one line each, the evidence a press away. */
export function Suggestions({
  customer,
  suggestions,
}: {
  customer: Customer;
  suggestions: readonly Suggestion[];
}): React.JSX.Element {
  const { say } = useWords();
  const [opened, setOpened] = useState<Suggestion>();
  return (
    <>
      {suggestions.slice(0, 3).map((suggestion) => {
        const other =
          suggestion.a.id === customer.id || customer.members.some((m) => m.id === suggestion.a.id)
            ? suggestion.b
            : suggestion.a;
        return (
          <div key={suggestion.id} className={classes.banner} role="note">
            <IconArrowMerge size={18} aria-hidden />
            <span className={classes.bannerText}>
              {say('screen.identity.suggestion.may')}{' '}
              <Go to={`/customers/${other.id}`}>{personText(other, say('screen.identity.nameless'))}</Go>
              <span className="dim">
                {' '}
                · {say('screen.identity.suggestion.score', { percent: percent(suggestion.score) })}
              </span>
            </span>
            <Button variant="default" size="compact-sm" onClick={() => setOpened(suggestion)}>
              {say('screen.identity.suggestion.compare')}
            </Button>
          </div>
        );
      })}
      {opened !== undefined && <Decide customer={customer} suggestion={opened} onClose={() => setOpened(undefined)} />}
    </>
  );
}

// A score may come as a share or as a percentage; certainty is never shown as 100.
const percent = (score: number): number => Math.min(99, Math.round(score <= 1 ? score * 100 : score));

function Decide({
  customer,
  suggestion,
  onClose,
}: {
  customer: Customer;
  suggestion: Suggestion;
  onClose: () => void;
}): React.JSX.Element {
  const { say } = useWords();
  const can = useCan();
  const client = useQueryClient();
  const merge = useMerge();
  const [why, setWhy] = useState('');
  const [busy, setBusy] = useState(false);
  const mineFirst = suggestion.a.id === customer.id || customer.members.some((member) => member.id === suggestion.a.id);
  const [mine, other] = mineFirst ? [suggestion.a, suggestion.b] : [suggestion.b, suggestion.a];
  const evidence = mineFirst
    ? suggestion.evidence
    : suggestion.evidence.map((each) => ({ ...each, a: each.b ?? null, b: each.a ?? null }));
  const nameless = say('screen.identity.nameless');

  const accept = async (): Promise<void> => {
    setBusy(true);
    if (
      await merge(
        customer.id,
        other.id,
        why.trim() === '' ? say('screen.identity.suggestion.why') : why.trim(),
        suggestion.id,
      )
    )
      onClose();
    setBusy(false);
  };
  const refuse = async (): Promise<void> => {
    setBusy(true);
    try {
      await api.post(`/v1/suggestions/${suggestion.id}/dismiss`, {
        why: why.trim() === '' ? say('screen.identity.suggestion.not-why') : why.trim(),
      });
      await Promise.all([
        client.invalidateQueries({ queryKey: ['customer', customer.id] }),
        client.invalidateQueries({ queryKey: ['/v1/customers'] }),
      ]);
      tellDone(say('screen.identity.suggestion.dismissed'));
      onClose();
    } catch (error) {
      tellFailure(error);
    }
    setBusy(false);
  };
  return (
    <Modal opened onClose={onClose} size="xl" title={say('screen.identity.suggestion.title')}>
      <div className={classes.form}>
        <p className={classes.why}>
          {say('screen.identity.suggestion.about', { percent: percent(suggestion.score) })}{' '}
          <Ago at={suggestion.raisedAt} />.
        </p>
        <EvidenceTable evidence={evidence} a={personText(mine, nameless)} b={personText(other, nameless)} />
        {can('customer.merge') && (
          <>
            <Textarea
              label={say('screen.identity.why')}
              placeholder={say('screen.identity.why.example')}
              value={why}
              onChange={(event) => setWhy(event.currentTarget.value)}
              autosize
              minRows={1}
              maxRows={4}
              maxLength={500}
            />
            <div className={classes.acts}>
              <Button leftSection={<IconArrowMerge size={16} />} loading={busy} onClick={() => void accept()}>
                {say('screen.identity.suggestion.merge')}
              </Button>
              <Button variant="default" disabled={busy} onClick={() => void refuse()}>
                {say('screen.identity.suggestion.not')}
              </Button>
            </div>
            <p className={classes.why}>{say('screen.identity.merge.consequence')}</p>
          </>
        )}
      </div>
    </Modal>
  );
}
