import { Button, Progress } from '@mantine/core';
import {
  api,
  Ask,
  Code,
  Failing,
  Light,
  PageHead,
  Part,
  tellDone,
  tellFailure,
  useCan,
  useFormat,
  usePlace,
  useWords,
  Wait,
} from '@ruslo/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Coupons } from './coupons.tsx';
import { emptyRule, stateLight, type Promotion, type RuleState } from './model.ts';
import classes from './offer.module.css';
import { ConditionText, EffectText } from './rule-text.tsx';
import { Versions } from './versions.tsx';

/** One promotion: what it says, how much of it is used, its coupons, and what it said before. */
export default function PromotionPage(): React.JSX.Element {
  const { say } = useWords();
  const { path } = usePlace();
  const id = path.split('/')[2] ?? '';
  const found = useQuery({
    queryKey: ['/v1/promotions', id],
    queryFn: ({ signal }) => api.get<Promotion>(`/v1/promotions/${id}`, {}, signal),
    refetchInterval: 10_000,
  });
  if (found.data === undefined)
    return found.error === null ? <Wait /> : <Failing error={found.error} retry={() => void found.refetch()} />;
  const promotion = found.data;
  const { rule } = promotion;
  return (
    <>
      <PageHead title={rule.name} about={<Runs promotion={promotion} />}>
        <Acts promotion={promotion} />
      </PageHead>
      <div className={classes.body}>
        <Part title={say('screen.offer.gives')}>
          <ul className={classes.list}>
            {rule.effects.map((effect, index) => (
              <li key={index}>
                <EffectText effect={effect} />
              </li>
            ))}
          </ul>
        </Part>
        <Part title={say('screen.offer.when')}>
          <ConditionText condition={rule.condition ?? { kind: 'all', of: [] }} />
        </Part>
        <Terms promotion={promotion} />
        <Coupons promotion={promotion} />
        <Versions promotion={promotion} />
        <p className={classes.note}>
          <Code text={promotion.id} />
        </p>
      </div>
    </>
  );
}

function Runs({ promotion }: { promotion: Promotion }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const { validFrom, validUntil } = { ...emptyRule, ...promotion.rule };
  const at = (iso: string): string => `${format.date(iso, 'day')}, ${format.date(iso, 'time')}`;
  return (
    <>
      {validFrom === null && validUntil === null
        ? say('screen.offer.always')
        : [
            validFrom === null ? '' : say('screen.offer.say.from', { value: at(validFrom) }),
            validUntil === null ? '' : say('screen.offer.say.to', { value: at(validUntil) }),
          ]
            .filter((part) => part !== '')
            .join(' ')}
      {' · '}
      {say('screen.offer.version', { version: promotion.version })}
    </>
  );
}

function Acts({ promotion }: { promotion: Promotion }): React.JSX.Element {
  const { say } = useWords();
  const { go } = usePlace();
  const can = useCan();
  const client = useQueryClient();
  const [archiving, setArchiving] = useState(false);
  const { id, state } = promotion;
  const put = async (next: RuleState, version: number): Promise<Promotion> => {
    const saved = await api.patch<Promotion>(`/v1/promotions/${id}`, { version, state: next });
    await client.invalidateQueries({ queryKey: ['/v1/promotions'] });
    return saved;
  };
  const turn = (next: 'active' | 'paused'): void => {
    put(next, promotion.version)
      .then((saved) =>
        // A draft that was active once is paused and not a draft again.
        tellDone(say(`screen.offer.done.${next}`), () => put(next === 'active' ? 'paused' : 'active', saved.version)),
      )
      .catch(tellFailure);
  };
  const isMine = can('offer.manage') && state !== 'archived';
  return (
    <>
      <Light state={stateLight[state]} label={say(`screen.offer.state.${state}`)} />
      {isMine && (
        <>
          <Button variant="subtle" color="gray" onClick={() => setArchiving(true)}>
            {say('screen.offer.archive')}
          </Button>
          <Button variant="default" onClick={() => go(`/promotions/${id}/edit`)}>
            {say('screen.offer.change')}
          </Button>
          {state === 'active' ? (
            <Button variant="default" onClick={() => turn('paused')}>
              {say('screen.offer.pause')}
            </Button>
          ) : (
            <Button onClick={() => turn('active')}>{say('screen.offer.activate')}</Button>
          )}
        </>
      )}
      {archiving && (
        <Ask
          title={say('screen.offer.archive.title')}
          consequence={say('screen.offer.archive.consequence')}
          act={say('screen.offer.archive')}
          run={async () => {
            await put('archived', promotion.version);
            tellDone(say('screen.offer.done.archived'));
          }}
          onClose={() => setArchiving(false)}
        />
      )}
    </>
  );
}

/** How it lives beside others, and how much of its limits is used. */
function Terms({ promotion }: { promotion: Promotion }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const { rule, used, spentMinor } = promotion;
  const { uses, budgetMinor, perCustomer } = rule.limits ?? {};
  const { lineMinor, orderMinor } = rule.caps ?? {};
  return (
    <Part title={say('screen.offer.limits')}>
      <div className={classes.meters}>
        {uses !== undefined && (
          <Meter
            label={say('screen.offer.uses')}
            share={used / uses}
            text={say('screen.offer.of', { part: format.number(used), whole: format.number(uses) })}
          />
        )}
        {budgetMinor !== undefined && (
          <Meter
            label={say('screen.offer.budget')}
            share={budgetMinor === 0 ? 1 : spentMinor / budgetMinor}
            text={say('screen.offer.of', { part: format.money(spentMinor), whole: format.money(budgetMinor) })}
          />
        )}
      </div>
      <ul className={classes.list}>
        {uses === undefined && budgetMinor === undefined && <li>{say('screen.offer.limits.none')}</li>}
        {perCustomer !== undefined && (
          <li>
            {say('screen.offer.per-customer')}: {format.number(perCustomer)}
          </li>
        )}
        {lineMinor !== undefined && (
          <li>
            {say('screen.offer.cap.line')}: {format.money(lineMinor)}
          </li>
        )}
        {orderMinor !== undefined && (
          <li>
            {say('screen.offer.cap.order')}: {format.money(orderMinor)}
          </li>
        )}
        <li>
          {say(`screen.offer.mode.${rule.mode ?? 'stacks'}`)}
          {(rule.group ?? null) !== null && ` · ${say('screen.offer.group')}: ${rule.group ?? ''}`}
          {` · ${say('screen.offer.priority')}: ${format.number(rule.priority ?? 0)}`}
        </li>
      </ul>
    </Part>
  );
}

function Meter({ label, share, text }: { label: string; share: number; text: string }): React.JSX.Element {
  const percent = Math.min(100, Math.max(0, share * 100));
  return (
    <div>
      <div className={classes.meterHead}>
        <span className="dim">{label}</span>
        <span>{text}</span>
      </div>
      <Progress value={percent} color={percent >= 90 ? 'orange' : 'accent'} aria-label={`${label}: ${text}`} />
    </div>
  );
}
