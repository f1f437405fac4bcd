import { ActionIcon, Button, NumberInput, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { api, FormDialog, tellDone, useFormat, useWords } from '@ruslo/ui';
import { useState } from 'react';
import { perOne, PlaceSelect, useRefresh, useVariant, VariantPick, type Chosen } from './parts.tsx';
import classes from './stock.module.css';

export const acts = ['receive', 'transfer', 'adjust', 'count'] as const;
export type Act = (typeof acts)[number];

export interface Line {
  readonly key: number;
  readonly variant: Chosen | null;
  /** Pieces or, of goods by weight, kilogrammes: as people say it. */
  readonly count: number | null;
}

/** Receives, corrects, moves or counts goods: several lines at once. */
export function ActDialog({
  act,
  variant = null,
  placeId = null,
  onClose,
}: {
  act: Act;
  variant?: Chosen | null;
  placeId?: string | null;
  onClose: () => void;
}): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const refresh = useRefresh();
  const [place, setPlace] = useState<string | null>(placeId);
  const [to, setTo] = useState<string | null>(null);
  const [why, setWhy] = useState('');
  const [ref, setRef] = useState('');
  const [lines, setLines] = useState<readonly Line[]>([{ key: 0, variant, count: null }]);
  const ready = lines.filter(
    (line) => line.variant !== null && line.count !== null && (line.count !== 0 || act === 'count'),
  );
  const submit = async (): Promise<boolean> => {
    if (place === null || ready.length === 0 || (act === 'transfer' && to === null)) return false;
    const quantities = ready.map((line) => ({
      variantId: line.variant?.id ?? '',
      quantity: Math.round((line.count ?? 0) * perOne(line.variant?.id ?? '')),
    }));
    const rest = {
      ...(why.trim() === '' ? {} : { why: why.trim() }),
      ...(ref.trim() === '' ? {} : { ref: ref.trim() }),
    };
    await api.post(`/v1/stock/${act}`, {
      ...rest,
      ...(act === 'transfer' ? { fromId: place, toId: to } : { placeId: place }),
      lines:
        act === 'count' ? quantities.map(({ variantId, quantity }) => ({ variantId, onHand: quantity })) : quantities,
    });
    await refresh();
    tellDone(say(`screen.stock.act.${act}.done`, { count: format.number(ready.length) }));
    return true;
  };
  const set = (key: number, change: Partial<Line>): void =>
    setLines(lines.map((line) => (line.key === key ? { ...line, ...change } : line)));
  return (
    <FormDialog
      title={say(`screen.stock.act.${act}`)}
      act={say(`screen.stock.act.${act}.do`)}
      submit={submit}
      onClose={onClose}
      size="lg"
    >
      <p className={classes.note}>{say(`screen.stock.act.${act}.about`)}</p>
      <div className={classes.pair}>
        <PlaceSelect
          label={say(act === 'transfer' ? 'screen.stock.from' : 'screen.stock.place')}
          value={place}
          onChange={setPlace}
          required
          withAsterisk={false}
          data-autofocus={placeId === null || undefined}
        />
        {act === 'transfer' ? (
          <PlaceSelect label={say('screen.stock.to')} value={to} onChange={setTo} required withAsterisk={false} />
        ) : (
          <TextInput
            label={say('screen.stock.ref')}
            value={ref}
            onChange={(event) => setRef(event.currentTarget.value)}
            maxLength={100}
          />
        )}
      </div>
      {lines.map((line, index) => (
        <LineFields
          key={line.key}
          line={line}
          isFirst={index === 0}
          label={say(
            act === 'count'
              ? 'screen.stock.counted'
              : act === 'adjust'
                ? 'screen.stock.difference'
                : 'screen.stock.quantity',
          )}
          min={act === 'adjust' ? undefined : act === 'count' ? 0 : undefined}
          onChange={(change) => set(line.key, change)}
          onRemove={lines.length === 1 ? undefined : () => setLines(lines.filter((one) => one.key !== line.key))}
        />
      ))}
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<IconPlus size={14} />}
        style={{ alignSelf: 'flex-start' }}
        onClick={() => setLines([...lines, { key: (lines.at(-1)?.key ?? 0) + 1, variant: null, count: null }])}
      >
        {say('screen.stock.line.add')}
      </Button>
      <TextInput
        label={say(act === 'adjust' ? 'screen.stock.why.needed' : 'screen.stock.why')}
        value={why}
        onChange={(event) => setWhy(event.currentTarget.value)}
        required={act === 'adjust'}
        withAsterisk={false}
        maxLength={400}
      />
    </FormDialog>
  );
}

/** Goods and how many. Of goods by weight the number is in kilogrammes; the server keeps grams. */
export function LineFields({
  line,
  label,
  isFirst,
  min,
  onChange,
  onRemove,
}: {
  line: Line;
  label: string;
  isFirst: boolean;
  min?: number | undefined;
  onChange: (change: Partial<Line>) => void;
  onRemove: (() => void) | undefined;
}): React.JSX.Element {
  const { say, locale } = useWords();
  const variantId = line.variant?.id ?? '';
  // Asked for so that its unit is known, also of what was not chosen here.
  useVariant(variantId);
  const isWeight = perOne(variantId) > 1;
  const name = isWeight ? `${label}, ${say('screen.stock.kg.short')}` : label;
  return (
    <div className={classes.line}>
      <VariantPick
        value={line.variant}
        onChange={(chosen) => onChange({ variant: chosen })}
        {...(isFirst ? { label: say('screen.stock.goods') } : { 'aria-label': say('screen.stock.goods') })}
      />
      <NumberInput
        {...(isFirst ? { label: name } : { 'aria-label': name })}
        value={line.count ?? ''}
        onChange={(value) => {
          const count = typeof value === 'number' ? value : Number.parseFloat(value);
          onChange({ count: Number.isFinite(count) ? count : null });
        }}
        allowDecimal={isWeight}
        decimalScale={3}
        decimalSeparator={locale === 'ru' ? ',' : '.'}
        {...(min === undefined ? {} : { min })}
        hideControls
        required
        withAsterisk={false}
      />
      {onRemove !== undefined && (
        <ActionIcon
          variant="subtle"
          color="gray"
          size={32}
          aria-label={say('screen.stock.line.remove')}
          onClick={onRemove}
        >
          <IconX size={16} />
        </ActionIcon>
      )}
    </div>
  );
}
