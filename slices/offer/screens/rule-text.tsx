import { useChannelName, useFormat, useWords, type Say } from '@ruslo/ui';
import { useCategories } from './inputs.tsx';
import {
  isEffectKind,
  isLeafKind,
  peel,
  type AttributeTest,
  type Condition,
  type Effect,
  type Leaf,
  type Match,
} from './model.ts';
import classes from './offer.module.css';

type Format = ReturnType<typeof useFormat>;

const share = (bp: number, format: Format): string => `${format.number(bp / 100)} %`;
const shareOrSum = (one: { bp?: number | undefined; amountMinor?: number | undefined }, format: Format): string =>
  one.bp === undefined ? format.money(one.amountMinor ?? 0) : share(one.bp, format);

/** An effect in a few words: «скидка 10 %». */
export function effectText(effect: Effect, say: Say, format: Format): string {
  const key = `screen.offer.say.${effect.kind}`;
  switch (effect.kind) {
    case 'percent':
    case 'order-percent':
      return say(key, { share: share(effect.bp, format) });
    case 'amount':
      return say(key, { money: format.money(effect.unitMinor) });
    case 'price':
    case 'bundle':
      return say(key, { money: format.money(effect.priceMinor) });
    case 'order-amount':
      return say(key, { money: format.money(effect.amountMinor) });
    case 'nth':
      return say(key, { every: effect.every, taken: effect.count, share: share(effect.bp, format) });
    case 'steps':
      return say(key, {
        steps: effect.steps.map((step) => `${format.money(step.fromMinor)} → ${shareOrSum(step, format)}`).join(', '),
      });
    case 'shipping':
      return effect.bp === 10_000
        ? say('screen.offer.say.shipping.free')
        : say(key, { off: shareOrSum(effect, format) });
    case 'gift':
      return say(key, { count: effect.quantity });
    case 'points':
      return [
        effect.multiplierBp === undefined ? '' : say(key, { times: format.number(effect.multiplierBp / 10_000) }),
        effect.extra === undefined ? '' : say('screen.offer.say.points.extra', { count: effect.extra }),
      ]
        .filter((part) => part !== '')
        .join(', ');
    default:
      return say('screen.offer.unknown.short');
  }
}

function testText(test: AttributeTest, say: Say): string {
  const value = Array.isArray(test.value) ? test.value.join(', ') : String(test.value);
  return `${test.key} ${say(`screen.offer.attribute.op.${test.op}`)} ${value}`;
}

/** Which goods, in words; empty for all. */
export function matchText(
  match: Match | undefined,
  names: ReadonlyMap<string, string>,
  say: Say,
  format: Format,
): string {
  if (match === undefined) return '';
  const { categoryIds, brands, productIds, variantIds, attributes, priceMinor, except } = match;
  const parts = [
    categoryIds?.map((id) => `«${names.get(id) ?? id.slice(0, 8)}»`).join(', '),
    brands?.join(', '),
    productIds === undefined ? undefined : say('screen.offer.say.products', { count: productIds.length }),
    variantIds === undefined ? undefined : say('screen.offer.say.products', { count: variantIds.length }),
    attributes?.map((test) => testText(test, say)).join(', '),
    priceMinor === undefined
      ? undefined
      : `${format.money(priceMinor.min ?? 0)} – ${priceMinor.max === undefined ? '∞' : format.money(priceMinor.max)}`,
    except === undefined ? undefined : say('screen.offer.say.except', { what: matchText(except, names, say, format) }),
  ];
  return parts.filter((part) => part !== undefined && part !== '').join(' · ');
}

/** The words of a leaf: what it asks, and of which size. */
function useLeafText(): (leaf: Leaf) => string {
  const { say, locale } = useWords();
  const format = useFormat();
  const channelName = useChannelName();
  const names = new Map(useCategories().map((one) => [one.id, one.name]));
  const between = (min: string | undefined, max: string | undefined): string =>
    [
      min === undefined ? '' : say('screen.offer.say.from', { value: min }),
      max === undefined ? '' : say('screen.offer.say.to', { value: max }),
    ]
      .filter((part) => part !== '')
      .join(' ');
  const money = (minor: number | undefined): string | undefined =>
    minor === undefined ? undefined : format.money(minor);
  const number = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : format.number(value);
  const day = (weekday: number): string =>
    new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' }).format(Date.UTC(2026, 0, 4 + weekday));
  return (leaf) => {
    switch (leaf.kind) {
      case 'lines':
        return [
          matchText(leaf.lines, names, say, format) || say('screen.offer.match.all'),
          leaf.minQuantity === undefined ? '' : say('screen.offer.say.pieces', { count: leaf.minQuantity }),
          leaf.minWeightG === undefined
            ? ''
            : between(`${format.number(leaf.minWeightG)} ${say('screen.offer.gram')}`, undefined),
          between(money(leaf.minSumMinor), undefined),
        ]
          .filter((part) => part !== '')
          .join(' · ');
      case 'sum':
        return between(money(leaf.minMinor), money(leaf.maxMinor));
      case 'count':
        return between(number(leaf.min), number(leaf.max));
      case 'time':
        return [leaf.weekdays?.map(day).join(', '), [leaf.from, leaf.until].filter(Boolean).join('–'), leaf.timeZone]
          .filter((part) => part !== undefined && part !== '')
          .join(' · ');
      case 'place':
        return say('screen.offer.say.places', { count: leaf.placeIds.length });
      case 'channel':
        return leaf.channels.map(channelName).join(', ');
      case 'customer':
        return [
          leaf.known === undefined
            ? ''
            : say(`screen.offer.condition.customer.known.${leaf.known ? 'known' : 'unknown'}`),
          leaf.tiers?.join(', '),
          leaf.groups?.join(', '),
          leaf.attributes?.map((test) => testText(test, say)).join(', '),
        ]
          .filter((part) => part !== undefined && part !== '')
          .join(' · ');
      case 'coupon':
      case 'grant':
        return '';
    }
  };
}

/** A condition as a nested list of sentences. */
export function ConditionText({ condition }: { condition: Condition }): React.JSX.Element {
  const { say } = useWords();
  const leafText = useLeafText();
  const { inner, denied } = peel(condition);
  const not = denied ? `${say('screen.offer.condition.denied')}: ` : '';
  if (inner.kind === 'all' || inner.kind === 'any') {
    if (inner.of.length === 0) return <>{say('screen.offer.condition.none')}</>;
    return (
      <>
        {not}
        {inner.of.length > 1 && <span className="dim">{say(`screen.offer.condition.${inner.kind}`)}</span>}
        <ul className={classes.list}>
          {inner.of.map((part, index) => (
            <li key={index}>
              <ConditionText condition={part} />
            </li>
          ))}
        </ul>
      </>
    );
  }
  if (inner.kind === 'not' || !isLeafKind(inner.kind)) return <>{say('screen.offer.unknown.short')}</>;
  const text = leafText(inner);
  return (
    <>
      {not}
      {say(`screen.offer.condition.${inner.kind}`)}
      {text !== '' && <b className={classes.strong}> {text}</b>}
    </>
  );
}

export function EffectText({ effect }: { effect: Effect }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const names = new Map(useCategories().map((one) => [one.id, one.name]));
  if (!isEffectKind(effect.kind)) return <>{say('screen.offer.unknown.short')}</>;
  const goods = 'lines' in effect ? matchText(effect.lines, names, say, format) : '';
  return (
    <>
      {effectText(effect, say, format)}
      {goods !== '' && <span className="dim"> · {goods}</span>}
    </>
  );
}
