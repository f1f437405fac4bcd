import { Badge, Button } from '@mantine/core';
import { Go, Light, Part, useFormat, useWords } from '@ruslo/ui';
import { useState } from 'react';
import type { Priced } from './model.ts';
import classes from './offer.module.css';

const shownFirst = 40;

/** What a basket costs, line by line, and of every rule whether it acts and why not. */
export function Answer({
  priced,
  draftId,
  stale,
}: {
  priced: Priced;
  draftId: string | undefined;
  stale: boolean;
}): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  return (
    <div className={classes.column} data-stale={stale || undefined} aria-live="polite">
      {priced.unknown.length > 0 && (
        <p className={classes.warn}>{say('screen.offer.answer.unknown', { count: priced.unknown.length })}</p>
      )}
      {priced.refusedCoupons.map((one) => (
        <p key={one.code} className={classes.warn}>
          <b>{one.code}</b> · {one.text}
        </p>
      ))}
      <Part title={say('screen.offer.answer')}>
        <ul className={classes.bill} aria-label={say('screen.offer.answer')}>
          {priced.lines.map((line) => (
            <li key={line.id}>
              <div className={classes.billLine}>
                <span>
                  {line.title} <span className="dim">× {format.number(line.quantity)}</span>
                </span>
                <span className={classes.sum}>
                  {line.discountMinor > 0 && <s className="dim">{format.money(line.sumMinor)}</s>}
                  <b>{format.money(line.totalMinor)}</b>
                </span>
              </div>
              {line.discounts.map((one, index) => (
                <div key={index} className={classes.discount}>
                  <span>
                    {one.name}
                    {one.coupon !== undefined && <Badge ml={6}>{one.coupon}</Badge>}
                  </span>
                  <span>−{format.money(one.amountMinor)}</span>
                </div>
              ))}
            </li>
          ))}
          {priced.gifts.map((gift) => (
            <li key={`${gift.ruleId} ${gift.variantId}`} className={classes.discount}>
              <span>{say('screen.offer.answer.gift', { count: gift.quantity })}</span>
              <span>{nameOf(priced, gift.ruleId)}</span>
            </li>
          ))}
          {priced.shippingMinor > 0 && (
            <li className={classes.billLine}>
              <span>{say('screen.offer.answer.shipping')}</span>
              <span className={classes.sum}>
                {priced.shippingDiscountMinor > 0 && <s className="dim">{format.money(priced.shippingMinor)}</s>}
                {format.money(priced.shippingMinor - priced.shippingDiscountMinor)}
              </span>
            </li>
          )}
          {priced.points.ruleIds.length > 0 && (
            <li className={classes.discount}>
              <span>{say('screen.offer.answer.points')}</span>
              <span>
                × {format.number(priced.points.multiplierBp / 10_000)}
                {priced.points.extra > 0 && ` + ${format.number(priced.points.extra)}`}
              </span>
            </li>
          )}
          <li className={classes.total}>
            <span>{say('screen.offer.answer.total')}</span>
            <span className={classes.sum}>
              {priced.discountMinor > 0 && <span className="dim">−{format.money(priced.discountMinor)}</span>}
              <b>{format.money(priced.totalMinor)}</b>
            </span>
          </li>
        </ul>
      </Part>
      <Why priced={priced} draftId={draftId} />
    </div>
  );
}

const nameOf = (priced: Priced, ruleId: string): string => priced.why.find((one) => one.ruleId === ruleId)?.name ?? '';

/** What a rule took off the whole basket. */
function givenBy(priced: Priced, ruleId: string): number {
  let sum = 0;
  for (const line of priced.lines)
    for (const discount of line.discounts) if (discount.ruleId === ruleId) sum += discount.amountMinor;
  return sum;
}

function Why({ priced, draftId }: { priced: Priced; draftId: string | undefined }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const [all, setAll] = useState(false);
  const sorted = priced.why.toSorted((one, other) => Number(other.applied) - Number(one.applied));
  const shown = all ? sorted : sorted.slice(0, shownFirst);
  return (
    <Part title={say('screen.offer.why')} flush>
      {sorted.length === 0 && <p className={classes.pad}>{say('screen.offer.why.none')}</p>}
      <ul className={classes.whys} aria-label={say('screen.offer.why')}>
        {shown.map((one) => (
          <li key={one.ruleId} data-applied={one.applied || undefined}>
            <Go to={`/promotions/${one.ruleId}`} className={classes.whyName}>
              {one.name}
              {one.ruleId === draftId && <Badge ml={6}>{say('screen.offer.why.draft')}</Badge>}
            </Go>
            <Light state={one.applied ? 'good' : 'none'} label={one.text} />
            <span className={classes.whySum}>
              {givenBy(priced, one.ruleId) > 0 && `−${format.money(givenBy(priced, one.ruleId))}`}
            </span>
          </li>
        ))}
      </ul>
      {sorted.length > shownFirst && (
        <Button variant="subtle" size="compact-sm" m={8} onClick={() => setAll(!all)}>
          {all ? say('screen.offer.why.fewer') : say('screen.offer.why.all', { count: sorted.length })}
        </Button>
      )}
    </Part>
  );
}
