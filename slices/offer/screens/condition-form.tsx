import { Button, Checkbox, Chip, Menu, MultiSelect, Select, TagsInput } from '@mantine/core';
import { api, MoneyInput, useCan, useChannelName, useWords } from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';
import { IconPlus } from '@tabler/icons-react';
import { findPlaces, readPlace } from './find.ts';
import { ClockInput, PickMany, Remove, WholeInput } from './inputs.tsx';
import { AttributeTests, MatchForm } from './match-form.tsx';
import { change, deny, freshLeaf, isLeafKind, leafKinds, peel, type Condition, type Leaf } from './model.ts';
import classes from './offer.module.css';

/** The server walks no deeper. */
const deepest = 4;

/** When a promotion acts: what must hold, one in another as far as the server goes. */
export function ConditionForm({
  condition,
  onChange,
}: {
  condition: Condition;
  onChange: (condition: Condition) => void;
}): React.JSX.Element {
  const { inner, denied } = peel(condition);
  const isGroup = (inner.kind === 'all' || inner.kind === 'any') && !denied;
  const root: Group = isGroup ? inner : { kind: 'all', of: [condition] };
  return <GroupForm group={root} depth={1} onChange={onChange} />;
}

type Group = Extract<Condition, { kind: 'all' | 'any' }>;

function GroupForm({
  group,
  depth,
  onChange,
}: {
  group: Group;
  depth: number;
  onChange: (group: Group) => void;
}): React.JSX.Element {
  const { say } = useWords();
  const parts = group.of;
  const put = (index: number, part: Condition | undefined): void =>
    onChange({ ...group, of: parts.flatMap((one, at) => (at === index ? (part ?? []) : one)) });
  return (
    <div className={classes.rows}>
      {parts.length === 0 && <p className={classes.note}>{say('screen.offer.condition.none')}</p>}
      {parts.length > 1 && (
        <Select
          className={classes.joint ?? ''}
          aria-label={say('screen.offer.condition.joint')}
          data={(['all', 'any'] as const).map((kind) => ({
            value: kind,
            label: say(`screen.offer.condition.${kind}`),
          }))}
          value={group.kind}
          onChange={(kind) => onChange({ ...group, kind: kind === 'any' ? 'any' : 'all' })}
        />
      )}
      {parts.map((part, index) => (
        // Rows have no names of their own; they only come at the end or go.
        <PartForm key={index} part={part} depth={depth} onChange={(next) => put(index, next)} />
      ))}
      <Menu position="bottom-start">
        <Menu.Target>
          <Button
            className={classes.add ?? ''}
            variant="default"
            size="compact-sm"
            leftSection={<IconPlus size={14} />}
          >
            {say('screen.offer.condition.add')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {leafKinds.map((kind) => (
            <Menu.Item key={kind} onClick={() => onChange({ ...group, of: [...parts, freshLeaf(kind)] })}>
              {say(`screen.offer.condition.${kind}`)}
            </Menu.Item>
          ))}
          {depth < deepest && (
            <Menu.Item
              onClick={() => onChange({ ...group, of: [...parts, { kind: 'any', of: [freshLeaf('channel')] }] })}
            >
              {say('screen.offer.condition.group')}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

function PartForm({
  part,
  depth,
  onChange,
}: {
  part: Condition;
  depth: number;
  onChange: (part: Condition | undefined) => void;
}): React.JSX.Element {
  const { say, has } = useWords();
  const { inner, denied } = peel(part);
  const isGroup = inner.kind === 'all' || inner.kind === 'any';
  const title = isGroup ? 'screen.offer.condition.group' : `screen.offer.condition.${inner.kind}`;
  return (
    <fieldset className={classes.block}>
      <legend className="hidden-text">{has(title) ? say(title) : inner.kind}</legend>
      <div className={classes.blockHead}>
        <b aria-hidden>{has(title) ? say(title) : inner.kind}</b>
        <Checkbox
          size="xs"
          label={say('screen.offer.condition.denied')}
          checked={denied}
          onChange={(event) => onChange(deny(inner, event.currentTarget.checked))}
        />
        <Remove label={say('screen.offer.condition.remove')} onClick={() => onChange(undefined)} />
      </div>
      {isGroup ? (
        <GroupForm group={inner} depth={depth + 1} onChange={(next) => onChange(deny(next, denied))} />
      ) : inner.kind !== 'not' && isLeafKind(inner.kind) ? (
        <LeafForm leaf={inner} onChange={(next) => onChange(deny(next, denied))} />
      ) : (
        <Unknown thing={inner} />
      )}
    </fieldset>
  );
}

/** What these screens cannot show stays as it is. */
export function Unknown({ thing }: { thing: unknown }): React.JSX.Element {
  const { say } = useWords();
  return (
    <>
      <p className={classes.note}>{say('screen.offer.unknown')}</p>
      <pre className={classes.code}>{JSON.stringify(thing, undefined, 2)}</pre>
    </>
  );
}

type Of<Kind extends Leaf['kind']> = { leaf: Extract<Leaf, { kind: Kind }>; onChange: (leaf: Leaf) => void };

function LeafForm({ leaf, onChange }: { leaf: Leaf; onChange: (leaf: Leaf) => void }): React.JSX.Element | null {
  const { say } = useWords();
  switch (leaf.kind) {
    case 'lines':
      return <LinesForm leaf={leaf} onChange={onChange} />;
    case 'time':
      return <TimeForm leaf={leaf} onChange={onChange} />;
    case 'customer':
      return <CustomerForm leaf={leaf} onChange={onChange} />;
    case 'channel':
      return <ChannelForm leaf={leaf} onChange={onChange} />;
    case 'sum':
      return (
        <div className={classes.pair}>
          <MoneyInput
            label={say('screen.offer.condition.from')}
            valueMinor={leaf.minMinor ?? null}
            onChange={(min) => onChange(change(leaf, { minMinor: min ?? undefined }))}
          />
          <MoneyInput
            label={say('screen.offer.condition.to')}
            valueMinor={leaf.maxMinor ?? null}
            onChange={(max) => onChange(change(leaf, { maxMinor: max ?? undefined }))}
          />
        </div>
      );
    case 'count':
      return (
        <div className={classes.pair}>
          <WholeInput
            label={say('screen.offer.condition.from')}
            whole={leaf.min}
            onChange={(min) => onChange(change(leaf, { min }))}
          />
          <WholeInput
            label={say('screen.offer.condition.to')}
            whole={leaf.max}
            onChange={(max) => onChange(change(leaf, { max }))}
          />
        </div>
      );
    case 'place':
      return (
        <PickMany
          of="places"
          label={say('screen.offer.condition.place')}
          ids={leaf.placeIds}
          find={findPlaces}
          read={readPlace}
          onChange={(placeIds) => onChange({ ...leaf, placeIds })}
        />
      );
    case 'coupon':
    case 'grant':
      return <p className={classes.note}>{say(`screen.offer.condition.${leaf.kind}.about`)}</p>;
  }
}

function LinesForm({ leaf, onChange }: Of<'lines'>): React.JSX.Element {
  const { say } = useWords();
  return (
    <>
      <MatchForm
        label={say('screen.offer.condition.lines')}
        match={leaf.lines}
        onChange={(lines) => onChange({ ...leaf, lines: lines ?? {} })}
      />
      <div className={classes.pair}>
        <WholeInput
          label={say('screen.offer.condition.lines.quantity')}
          min={1}
          whole={leaf.minQuantity}
          onChange={(minQuantity) => onChange(change(leaf, { minQuantity }))}
        />
        <MoneyInput
          label={say('screen.offer.condition.lines.sum')}
          valueMinor={leaf.minSumMinor ?? null}
          onChange={(sum) => onChange(change(leaf, { minSumMinor: sum ?? undefined }))}
        />
        <WholeInput
          label={say('screen.offer.condition.lines.weight')}
          min={1}
          whole={leaf.minWeightG}
          onChange={(minWeightG) => onChange(change(leaf, { minWeightG }))}
        />
      </div>
    </>
  );
}

/** 5 January 2026 is a Monday. */
const weekdayNames = (locale: string): string[] =>
  [1, 2, 3, 4, 5, 6, 7].map((day) =>
    new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' }).format(Date.UTC(2026, 0, 4 + day)),
  );

function TimeForm({ leaf, onChange }: Of<'time'>): React.JSX.Element {
  const { say, locale } = useWords();
  const clock = (text: string): string | undefined => (text === '' ? undefined : text);
  return (
    <>
      <Chip.Group
        multiple
        value={(leaf.weekdays ?? []).map(String)}
        onChange={(days) =>
          onChange(
            change(leaf, {
              weekdays: days.length === 0 ? undefined : days.map(Number).toSorted((one, other) => one - other),
            }),
          )
        }
      >
        <div className={classes.pills}>
          {weekdayNames(locale).map((name, index) => (
            <Chip key={name} size="xs" value={String(index + 1)}>
              {name}
            </Chip>
          ))}
        </div>
      </Chip.Group>
      <div className={classes.pair}>
        <ClockInput
          label={say('screen.offer.condition.time.from')}
          clock={leaf.from ?? ''}
          onChange={(from) => onChange(change(leaf, { from: clock(from) }))}
        />
        <ClockInput
          label={say('screen.offer.condition.time.until')}
          clock={leaf.until ?? ''}
          onChange={(until) => onChange(change(leaf, { until: clock(until) }))}
        />
        <Select
          label={say('screen.offer.condition.time.zone')}
          placeholder={say('screen.offer.condition.time.zone.own')}
          searchable
          clearable
          limit={40}
          data={Intl.supportedValuesOf('timeZone')}
          value={leaf.timeZone ?? null}
          onChange={(zone) => onChange(change(leaf, { timeZone: zone ?? undefined }))}
        />
      </div>
    </>
  );
}

export const offeredChannels = ['web', 'app', 'shop', 'pickup', 'call', 'messenger', 'social', 'catalogue'] as const;

function ChannelForm({ leaf, onChange }: Of<'channel'>): React.JSX.Element {
  const { say } = useWords();
  const channelName = useChannelName();
  const all = [...new Set([...offeredChannels, ...leaf.channels])];
  return (
    <MultiSelect
      aria-label={say('screen.offer.condition.channel')}
      data={all.map((channel) => ({ value: channel, label: channelName(channel) }))}
      value={leaf.channels}
      onChange={(chosen) => onChange({ ...leaf, channels: all.filter((channel) => chosen.includes(channel)) })}
    />
  );
}

export interface Tier {
  readonly code: string;
  readonly name: { readonly ru: string; readonly en: string };
}
/** Tiers of the programme, for those who may see it. */
export function useTiers(): readonly Tier[] {
  const can = useCan();
  return (
    useQuery({
      queryKey: ['offer-tiers'],
      queryFn: ({ signal }) => api.get<{ settings: { tiers: readonly Tier[] } }>('/v1/loyalty/programme', {}, signal),
      enabled: can('loyalty.read'),
      staleTime: 60_000,
    }).data?.settings.tiers ?? []
  );
}

function CustomerForm({ leaf, onChange }: Of<'customer'>): React.JSX.Element {
  const { say, locale } = useWords();
  const tiers = useTiers();
  const lost = (leaf.tiers ?? []).filter((code) => tiers.every((tier) => tier.code !== code));
  const known = leaf.known === undefined ? 'any' : leaf.known ? 'known' : 'unknown';
  return (
    <>
      <div className={classes.pair}>
        <Select
          label={say('screen.offer.condition.customer.known')}
          data={(['any', 'known', 'unknown'] as const).map((value) => ({
            value,
            label: say(`screen.offer.condition.customer.known.${value}`),
          }))}
          value={known}
          onChange={(value) => onChange(change(leaf, { known: value === 'any' ? undefined : value === 'known' }))}
        />
        <MultiSelect
          label={say('screen.offer.condition.customer.tiers')}
          data={[
            ...tiers.map((tier) => ({ value: tier.code, label: tier.name[locale] })),
            ...lost.map((code) => ({ value: code, label: code })),
          ]}
          value={leaf.tiers ?? []}
          onChange={(chosen) => onChange(change(leaf, { tiers: chosen.length === 0 ? undefined : chosen }))}
          nothingFoundMessage={say('screen.offer.condition.customer.tiers.none')}
        />
        <TagsInput
          label={say('screen.offer.condition.customer.groups')}
          acceptValueOnBlur
          value={leaf.groups ?? []}
          onChange={(groups) => onChange(change(leaf, { groups: groups.length === 0 ? undefined : groups }))}
        />
      </div>
      <AttributeTests
        source="/v1/attributes"
        tests={leaf.attributes ?? []}
        onChange={(attributes) =>
          onChange(change(leaf, { attributes: attributes.length === 0 ? undefined : attributes }))
        }
      />
    </>
  );
}
