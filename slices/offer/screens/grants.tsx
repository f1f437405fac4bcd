import { Button, TextInput } from '@mantine/core';
import {
  api,
  DayInput,
  FormDialog,
  Go,
  Light,
  Part,
  Pick,
  tellDone,
  tellFailure,
  useCan,
  useFormat,
  useList,
  useStream,
  useWords,
  type CustomerSlotProps,
} from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { findPromotions } from './find.ts';
import { endOfDay, type GrantItem } from './model.ts';
import classes from './offer.module.css';

const lights = { held: 'good', used: 'none', revoked: 'none', over: 'none' } as const;

/** Personal offers of a customer: each works once. */
export default function Grants({ customerId }: CustomerSlotProps): React.JSX.Element {
  const { say, has } = useWords();
  const format = useFormat();
  const can = useCan();
  const client = useQueryClient();
  const from = `/v1/customers/${customerId}/offers`;
  const list = useList<GrantItem>(from, {}, { limit: 6 });
  const [giving, setGiving] = useState(false);
  const later = useRef<ReturnType<typeof setTimeout>>(undefined);
  useStream(`customer:${customerId}`, (message) => {
    if (message.event === 'ready') return;
    clearTimeout(later.current);
    later.current = setTimeout(() => void client.invalidateQueries({ queryKey: [from] }), 700);
  });
  useEffect(() => () => clearTimeout(later.current), []);
  const give = async (body: object): Promise<{ id: string }> => {
    const given = await api.post<{ id: string }>(from, body, crypto.randomUUID());
    await client.invalidateQueries({ queryKey: [from] });
    return given;
  };
  const revoke = async (id: string): Promise<void> => {
    await api.delete(`${from}/${id}`);
    await client.invalidateQueries({ queryKey: [from] });
  };
  const takeBack = (grant: GrantItem): void => {
    const again = {
      ruleId: grant.ruleId,
      source: grant.source,
      ...(grant.validUntil === null ? {} : { validUntil: grant.validUntil }),
    };
    revoke(grant.id)
      .then(() => tellDone(say('screen.offer.grant.revoked', { name: grant.name }), () => give(again)))
      .catch(tellFailure);
  };
  const source = (name: string): string =>
    has(`screen.offer.source.${name}`) ? say(`screen.offer.source.${name}`) : name;
  return (
    <Part
      flush
      title={say('screen.offer.grants')}
      act={
        can('offer.manage') && (
          <Button size="compact-sm" variant="subtle" onClick={() => setGiving(true)}>
            {say('screen.offer.grant.give')}
          </Button>
        )
      }
    >
      {list.items.length === 0 && <p className={classes.pad}>{list.loading ? ' ' : say('screen.offer.grant.none')}</p>}
      <ul className={classes.grants} aria-label={say('screen.offer.grants')}>
        {list.items.map((grant) => (
          <li key={grant.id} data-off={grant.state !== 'held' || undefined}>
            <span className={classes.grantName}>
              <Go to={`/promotions/${grant.ruleId}`}>{grant.name}</Go>
              <span className="dim">
                {source(grant.source)}
                {grant.validUntil !== null &&
                  ` · ${say('screen.offer.say.to', { value: format.date(grant.validUntil, 'day') })}`}
              </span>
            </span>
            <Light state={lights[grant.state]} label={say(`screen.offer.grant.${grant.state}`)} />
            {grant.state === 'held' && can('offer.manage') && (
              <Button size="compact-sm" variant="subtle" color="gray" onClick={() => takeBack(grant)}>
                {say('screen.offer.grant.revoke')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {list.hasMore && (
        <Button variant="subtle" size="compact-sm" m={8} loading={list.loadingMore} onClick={list.more}>
          {say('screen.offer.more')}
        </Button>
      )}
      {giving && <GiveForm give={give} onClose={() => setGiving(false)} />}
    </Part>
  );
}

function GiveForm({
  give,
  onClose,
}: {
  give: (body: object) => Promise<unknown>;
  onClose: () => void;
}): React.JSX.Element {
  const { say } = useWords();
  const { zone } = useFormat();
  const [rule, setRule] = useState<{ id: string; label: string } | null>(null);
  const submit = async (form: FormData): Promise<boolean> => {
    if (rule === null) return false;
    const until = form.get('validUntil');
    const source = form.get('source');
    const validUntil = endOfDay(typeof until === 'string' ? until : '', zone);
    await give({
      ruleId: rule.id,
      ...(validUntil === undefined ? {} : { validUntil }),
      ...(typeof source === 'string' && source.trim() !== '' ? { source: source.trim() } : {}),
    });
    tellDone(say('screen.offer.grant.given', { name: rule.label }));
    return true;
  };
  return (
    <FormDialog
      title={say('screen.offer.grant.give')}
      act={say('screen.offer.grant.give')}
      submit={submit}
      onClose={onClose}
    >
      <Pick
        of="promotions"
        label={say('screen.offer.grant.rule')}
        description={say('screen.offer.grant.rule.about')}
        required
        find={findPromotions}
        value={rule}
        onChange={setRule}
        data-autofocus
      />
      <DayInput name="validUntil" label={say('screen.offer.grant.until')} />
      <TextInput
        name="source"
        label={say('screen.offer.grant.source')}
        description={say('screen.offer.grant.source.about')}
        maxLength={100}
      />
    </FormDialog>
  );
}
