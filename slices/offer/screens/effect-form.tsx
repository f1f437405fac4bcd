import { Button, Select } from '@mantine/core';
import { MoneyInput, Pick, ShareInput, useWords } from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';
import { IconPlus } from '@tabler/icons-react';
import { Unknown } from './condition-form.tsx';
import { findVariants, readVariants } from './find.ts';
import { Remove, WholeInput } from './inputs.tsx';
import { MatchForm } from './match-form.tsx';
import { change, effectKinds, freshEffect, isEffectKind, type Effect } from './model.ts';
import classes from './offer.module.css';

/** What a promotion gives. */
export function EffectsForm({
  effects,
  onChange,
}: {
  effects: readonly Effect[];
  onChange: (effects: Effect[]) => void;
}): React.JSX.Element {
  const { say } = useWords();
  return (
    <div className={classes.rows}>
      {effects.map((effect, index) => (
        <EffectForm
          key={index}
          effect={effect}
          onChange={(next) => onChange(effects.map((one, at) => (at === index ? next : one)))}
          onRemove={effects.length > 1 ? () => onChange(effects.filter((_, at) => at !== index)) : undefined}
        />
      ))}
      {effects.length < 10 && (
        <Button
          className={classes.add ?? ''}
          variant="default"
          size="compact-sm"
          leftSection={<IconPlus size={14} />}
          onClick={() => onChange([...effects, freshEffect('points')])}
        >
          {say('screen.offer.effect.add')}
        </Button>
      )}
    </div>
  );
}

function EffectForm({
  effect,
  onChange,
  onRemove,
}: {
  effect: Effect;
  onChange: (effect: Effect) => void;
  onRemove: (() => void) | undefined;
}): React.JSX.Element {
  const { say } = useWords();
  if (!isEffectKind(effect.kind))
    return (
      <div className={classes.block}>
        <Unknown thing={effect} />
      </div>
    );
  return (
    <fieldset className={classes.block}>
      <legend className="hidden-text">{say(`screen.offer.effect.${effect.kind}`)}</legend>
      <div className={classes.blockHead}>
        <Select
          className={classes.grow ?? ''}
          aria-label={say('screen.offer.effect.kind')}
          data={effectKinds.map((kind) => ({ value: kind, label: say(`screen.offer.effect.${kind}`) }))}
          value={effect.kind}
          onChange={(kind) => {
            if (kind !== null && isEffectKind(kind) && kind !== effect.kind) onChange(freshEffect(kind, effect));
          }}
        />
        {onRemove !== undefined && <Remove label={say('screen.offer.effect.remove')} onClick={onRemove} />}
      </div>
      <Fields key={effect.kind} effect={effect} onChange={onChange} />
      {'lines' in effect || takesLines(effect) ? (
        <MatchForm
          label={say('screen.offer.effect.lines')}
          match={'lines' in effect ? effect.lines : undefined}
          onChange={(lines) => onChange(change(effect as Effect & { lines?: unknown }, { lines }) as Effect)}
        />
      ) : null}
    </fieldset>
  );
}

const takesLines = (effect: Effect): boolean => !['bundle', 'shipping', 'gift', 'points'].includes(effect.kind);

type Props<Kind extends Effect['kind']> = {
  effect: Extract<Effect, { kind: Kind }>;
  onChange: (effect: Effect) => void;
};

function Fields({ effect, onChange }: { effect: Effect; onChange: (effect: Effect) => void }): React.JSX.Element {
  const { say } = useWords();
  switch (effect.kind) {
    case 'percent':
    case 'order-percent':
      return (
        <div className={classes.pair}>
          <ShareInput
            min={0.01}
            label={say('screen.offer.effect.share')}
            bp={effect.bp}
            onChange={(bp) => onChange({ ...effect, bp: bp ?? 0 })}
          />
        </div>
      );
    case 'amount':
      return (
        <Money
          label={say('screen.offer.effect.unit')}
          minor={effect.unitMinor}
          put={(unitMinor) => onChange({ ...effect, unitMinor })}
        />
      );
    case 'price':
      return (
        <Money
          label={say('screen.offer.effect.cost')}
          minor={effect.priceMinor}
          put={(priceMinor) => onChange({ ...effect, priceMinor })}
        />
      );
    case 'order-amount':
      return (
        <Money
          label={say('screen.offer.effect.off')}
          minor={effect.amountMinor}
          put={(amountMinor) => onChange({ ...effect, amountMinor })}
        />
      );
    case 'nth':
      return <NthForm effect={effect} onChange={onChange} />;
    case 'bundle':
      return <BundleForm effect={effect} onChange={onChange} />;
    case 'steps':
      return <StepsForm effect={effect} onChange={onChange} />;
    case 'shipping':
      return (
        <div className={classes.pair}>
          <ShareOrSum one={effect} put={(fields) => onChange({ kind: 'shipping', ...fields })} />
        </div>
      );
    case 'gift':
      return <GiftForm effect={effect} onChange={onChange} />;
    case 'points':
      return <PointsForm effect={effect} onChange={onChange} />;
  }
}

function Money({
  label,
  minor,
  put,
}: {
  label: string;
  minor: number;
  put: (minor: number) => void;
}): React.JSX.Element {
  return (
    <div className={classes.pair}>
      <MoneyInput label={label} valueMinor={minor} onChange={(value) => put(value ?? 0)} />
    </div>
  );
}

/** Either a share or an amount. */
function ShareOrSum({
  one,
  put,
}: {
  one: { bp?: number | undefined; amountMinor?: number | undefined };
  put: (fields: { bp: number } | { amountMinor: number }) => void;
}): React.JSX.Element {
  const { say } = useWords();
  const isShare = one.bp !== undefined;
  return (
    <>
      <Select
        label={say('screen.offer.effect.measure')}
        data={[
          { value: 'share', label: say('screen.offer.effect.measure.share') },
          { value: 'sum', label: say('screen.offer.effect.measure.sum') },
        ]}
        value={isShare ? 'share' : 'sum'}
        onChange={(value) => put(value === 'share' ? { bp: 1_000 } : { amountMinor: 10_000 })}
      />
      {isShare ? (
        <ShareInput
          min={0.01}
          label={say('screen.offer.effect.share')}
          bp={one.bp ?? null}
          onChange={(bp) => put({ bp: bp ?? 0 })}
        />
      ) : (
        <MoneyInput
          label={say('screen.offer.effect.off')}
          valueMinor={one.amountMinor ?? null}
          onChange={(minor) => put({ amountMinor: minor ?? 0 })}
        />
      )}
    </>
  );
}

function NthForm({ effect, onChange }: Props<'nth'>): React.JSX.Element {
  const { say } = useWords();
  return (
    <div className={classes.pair}>
      <WholeInput
        label={say('screen.offer.effect.nth.every')}
        min={2}
        whole={effect.every}
        onChange={(every) => onChange({ ...effect, every: every ?? 0 })}
      />
      <WholeInput
        label={say('screen.offer.effect.nth.count')}
        min={1}
        whole={effect.count}
        onChange={(count) => onChange({ ...effect, count: count ?? 0 })}
      />
      <ShareInput
        min={0.01}
        label={say('screen.offer.effect.share')}
        bp={effect.bp}
        onChange={(bp) => onChange({ ...effect, bp: bp ?? 0 })}
      />
      <Select
        label={say('screen.offer.effect.nth.pick')}
        data={(['cheapest', 'each'] as const).map((pick) => ({
          value: pick,
          label: say(`screen.offer.effect.nth.pick.${pick}`),
        }))}
        value={effect.pick}
        onChange={(pick) => onChange({ ...effect, pick: pick === 'each' ? 'each' : 'cheapest' })}
      />
      <WholeInput
        label={say('screen.offer.effect.most')}
        min={1}
        whole={effect.most}
        onChange={(most) => onChange(change(effect, { most }))}
      />
    </div>
  );
}

function BundleForm({ effect, onChange }: Props<'bundle'>): React.JSX.Element {
  const { say } = useWords();
  const put = (index: number, item: (typeof effect.items)[number]): void =>
    onChange({ ...effect, items: effect.items.map((one, at) => (at === index ? item : one)) });
  return (
    <>
      {effect.items.map((item, index) => (
        <fieldset key={index} className={classes.inner}>
          <legend>
            {say('screen.offer.effect.bundle.item', { number: index + 1 })}
            {effect.items.length > 1 && (
              <Remove
                label={say('ui.delete')}
                onClick={() => onChange({ ...effect, items: effect.items.filter((_, at) => at !== index) })}
              />
            )}
          </legend>
          <WholeInput
            label={say('screen.offer.effect.quantity')}
            min={1}
            whole={item.quantity}
            onChange={(quantity) => put(index, { ...item, quantity: quantity ?? 0 })}
          />
          <MatchForm
            label={say('screen.offer.effect.lines')}
            match={item.lines}
            onChange={(lines) => put(index, { ...item, lines: lines ?? {} })}
          />
        </fieldset>
      ))}
      <div>
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<IconPlus size={14} />}
          onClick={() => onChange({ ...effect, items: [...effect.items, { lines: {}, quantity: 1 }] })}
        >
          {say('screen.offer.effect.bundle.add')}
        </Button>
      </div>
      <div className={classes.pair}>
        <MoneyInput
          label={say('screen.offer.effect.bundle.price')}
          valueMinor={effect.priceMinor}
          onChange={(minor) => onChange({ ...effect, priceMinor: minor ?? 0 })}
        />
        <WholeInput
          label={say('screen.offer.effect.most')}
          min={1}
          whole={effect.most}
          onChange={(most) => onChange(change(effect, { most }))}
        />
      </div>
    </>
  );
}

function StepsForm({ effect, onChange }: Props<'steps'>): React.JSX.Element {
  const { say } = useWords();
  return (
    <>
      {effect.steps.map((step, index) => (
        <div key={index} className={classes.step}>
          <div className={classes.pair}>
            <MoneyInput
              label={say('screen.offer.effect.steps.from')}
              valueMinor={step.fromMinor}
              onChange={(minor) =>
                onChange({
                  ...effect,
                  steps: effect.steps.map((one, at) => (at === index ? { ...one, fromMinor: minor ?? 0 } : one)),
                })
              }
            />
            <ShareOrSum
              one={step}
              put={(fields) =>
                onChange({
                  ...effect,
                  steps: effect.steps.map((one, at) => (at === index ? { fromMinor: one.fromMinor, ...fields } : one)),
                })
              }
            />
          </div>
          {effect.steps.length > 1 && (
            <Remove
              label={say('ui.delete')}
              onClick={() => onChange({ ...effect, steps: effect.steps.filter((_, at) => at !== index) })}
            />
          )}
        </div>
      ))}
      <div>
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<IconPlus size={14} />}
          onClick={() => {
            const last = effect.steps.at(-1);
            const next = { ...(last ?? { bp: 500 }), fromMinor: (last?.fromMinor ?? 0) + 100_000 };
            onChange({ ...effect, steps: [...effect.steps, next] });
          }}
        >
          {say('screen.offer.effect.steps.add')}
        </Button>
      </div>
    </>
  );
}

function GiftForm({ effect, onChange }: Props<'gift'>): React.JSX.Element {
  const { say } = useWords();
  const found = useQuery({
    queryKey: ['offer-gift', effect.variantId],
    queryFn: ({ signal }) => readVariants([effect.variantId], signal),
    enabled: effect.variantId !== '',
    staleTime: 300_000,
  });
  const label = found.data?.[0]?.title;
  return (
    <div className={classes.pair}>
      <Pick
        key={label ?? ''}
        of="variants"
        label={say('screen.offer.effect.gift.what')}
        find={findVariants}
        value={effect.variantId === '' ? null : { id: effect.variantId, label: label ?? effect.variantId.slice(0, 8) }}
        onChange={(one) => onChange({ ...effect, variantId: one?.id ?? '' })}
      />
      <WholeInput
        label={say('screen.offer.effect.quantity')}
        min={1}
        whole={effect.quantity}
        onChange={(quantity) => onChange({ ...effect, quantity: quantity ?? 0 })}
      />
      <Worth minor={effect.worthMinor} put={(worthMinor) => onChange({ ...effect, worthMinor })} />
    </div>
  );
}

function PointsForm({ effect, onChange }: Props<'points'>): React.JSX.Element {
  const { say } = useWords();
  return (
    <div className={classes.pair}>
      <ShareInput
        label={say('screen.offer.effect.points.multiplier')}
        min={100}
        max={10_000}
        bp={effect.multiplierBp ?? null}
        onChange={(multiplierBp) => onChange(change(effect, { multiplierBp: multiplierBp ?? undefined }))}
      />
      <WholeInput
        label={say('screen.offer.effect.points.extra')}
        whole={effect.extra}
        onChange={(extra) => onChange(change(effect, { extra }))}
      />
      <Worth minor={effect.worthMinor} put={(worthMinor) => onChange({ ...effect, worthMinor })} />
    </div>
  );
}

function Worth({ minor, put }: { minor: number; put: (minor: number) => void }): React.JSX.Element {
  const { say } = useWords();
  return (
    <MoneyInput label={say('screen.offer.effect.worth')} valueMinor={minor} onChange={(value) => put(value ?? 0)} />
  );
}
