import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { purchaseOf, rfmOf, stageOf } from './rules.ts';

const now = new Date('2026-11-21T12:00:00Z');
const daysAgo = (days: number): Date => new Date(now.getTime() - days * 86_400_000);

describe('purchaseOf', () => {
  it('reads a decimal exactly in minor units', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), (minor) => {
        const total = minor / 100;
        expect(purchaseOf('Order Completed', { properties: { total, currency: 'RUB' } })?.amountMinor).toBe(
          BigInt(minor),
        );
        expect(purchaseOf('Order Completed', { properties: { total: total.toFixed(2) } })?.amountMinor).toBe(
          BigInt(minor),
        );
      }),
    );
  });

  it('counts a refund against the money, not as a purchase', () => {
    expect(purchaseOf('Order Refunded', { properties: { total: 19.9, currency: 'usd' } })).toEqual({
      currency: 'USD',
      amountMinor: -1990n,
      purchases: 0,
    });
  });

  it('counts our own orders when they are completed, and their returns against them', () => {
    const money = { currency: 'RUB' };
    expect(purchaseOf('order.completed', { ...money, totalMinor: 199_050 })).toMatchObject({
      amountMinor: 199_050n,
      purchases: 1,
    });
    expect(purchaseOf('order.returned', { ...money, amountMinor: 50 })).toMatchObject({
      amountMinor: -50n,
      purchases: 0,
    });
    expect(purchaseOf('order.completed', { ...money, totalMinor: '5' })).toBeUndefined();
  });

  it('says nothing when there is no amount', () => {
    expect(purchaseOf('Order Completed', { properties: {} })).toBeUndefined();
    expect(purchaseOf('Order Completed', { properties: { total: 'много' } })).toBeUndefined();
    expect(purchaseOf('Order Completed', { properties: { total: Number.NaN } })).toBeUndefined();
    expect(purchaseOf('Order Completed', {})).toBeUndefined();
  });
});

describe('rfm and stage', () => {
  it('scores at the bounds', () => {
    expect(rfmOf({ purchases: 10, spentMinor: 10_000_000, lastPurchaseAt: daysAgo(30) }, now)).toEqual({
      recency: 5,
      frequency: 5,
      monetary: 5,
    });
    expect(rfmOf({ purchases: 1, spentMinor: 100, lastPurchaseAt: daysAgo(241) }, now)).toEqual({
      recency: 1,
      frequency: 1,
      monetary: 1,
    });
    expect(rfmOf({ purchases: 0, spentMinor: 0, lastPurchaseAt: null }, now)).toBeUndefined();
  });

  it('names the stage', () => {
    expect(stageOf({ purchases: 0, spentMinor: 0, lastPurchaseAt: null }, now)).toBe('prospect');
    expect(stageOf({ purchases: 1, spentMinor: 1, lastPurchaseAt: daysAgo(5) }, now)).toBe('new');
    expect(stageOf({ purchases: 2, spentMinor: 1, lastPurchaseAt: daysAgo(5) }, now)).toBe('active');
    expect(stageOf({ purchases: 2, spentMinor: 1, lastPurchaseAt: daysAgo(121) }, now)).toBe('cooling');
    expect(stageOf({ purchases: 2, spentMinor: 1, lastPurchaseAt: daysAgo(366) }, now)).toBe('lost');
  });
});
