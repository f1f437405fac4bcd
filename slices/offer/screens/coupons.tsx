import { Button, NumberInput, SegmentedControl, TextInput } from '@mantine/core';
import {
  api,
  Code,
  DayInput,
  FormDialog,
  Light,
  Listed,
  Part,
  Sheet,
  tellDone,
  tellFailure,
  useCan,
  useFormat,
  useList,
  useWords,
  type Page,
} from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { csvOf, endOfDay, type CouponItem, type Promotion } from './model.ts';
import classes from './offer.module.css';

/** Codes of a promotion: a shared one, or many that work once each. */
export function Coupons({ promotion }: { promotion: Promotion }): React.JSX.Element {
  const { say } = useWords();
  const can = useCan();
  const client = useQueryClient();
  const from = `/v1/promotions/${promotion.id}/coupons`;
  const list = useList<CouponItem>(from, {}, { limit: 20 });
  const [adding, setAdding] = useState(false);
  const put = async (coupon: CouponItem, state: CouponItem['state']): Promise<void> => {
    await api.patch(`${from}/${coupon.id}`, { state });
    await client.invalidateQueries({ queryKey: [from] });
  };
  const toggle = (coupon: CouponItem): void => {
    put(coupon, coupon.state === 'active' ? 'blocked' : 'active')
      .then(() =>
        tellDone(
          say(coupon.state === 'active' ? 'screen.offer.coupon.blocked' : 'screen.offer.coupon.unblocked', {
            code: coupon.code,
          }),
          () => put(coupon, coupon.state),
        ),
      )
      .catch(tellFailure);
  };
  const isMine = can('offer.manage') && promotion.state !== 'archived';
  return (
    <Part
      flush
      title={say('screen.offer.coupons')}
      act={
        <span className={classes.acts}>
          {list.items.length > 0 && <Export from={from} name={promotion.rule.name} />}
          {isMine && (
            <Button size="compact-sm" variant="default" onClick={() => setAdding(true)}>
              {say('screen.offer.coupon.add')}
            </Button>
          )}
        </span>
      }
    >
      <Listed
        list={list}
        count={list.items.length}
        none={<p className={classes.pad}>{say('screen.offer.coupon.none')}</p>}
      >
        <CouponSheet items={list.items} {...(isMine ? { toggle } : {})} />
        {list.hasMore && (
          <Button variant="subtle" size="compact-sm" m={8} loading={list.loadingMore} onClick={list.more}>
            {say('screen.offer.more')}
          </Button>
        )}
      </Listed>
      {adding && <AddForm from={from} onClose={() => setAdding(false)} />}
    </Part>
  );
}

function CouponSheet({
  items,
  toggle,
}: {
  items: readonly CouponItem[];
  toggle?: (coupon: CouponItem) => void;
}): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  return (
    <Sheet
      rows={items}
      keyOf={(row) => row.id}
      label={say('screen.offer.coupons')}
      off={(row) => row.state === 'blocked'}
      columns={[
        { title: say('screen.offer.coupon.code'), render: (row) => <Code text={row.code} /> },
        {
          title: say('screen.offer.state'),
          render: (row) => (
            <Light
              state={row.state === 'blocked' ? 'bad' : row.uses !== null && row.used >= row.uses ? 'none' : 'good'}
              label={say(
                row.state === 'blocked'
                  ? 'screen.offer.coupon.state.blocked'
                  : row.uses !== null && row.used >= row.uses
                    ? 'screen.offer.coupon.state.used'
                    : 'screen.offer.coupon.state.active',
              )}
            />
          ),
        },
        {
          title: say('screen.offer.used'),
          align: 'right',
          render: (row) =>
            row.uses === null
              ? format.number(row.used)
              : say('screen.offer.of', { part: format.number(row.used), whole: format.number(row.uses) }),
        },
        {
          title: say('screen.offer.until'),
          spare: true,
          render: (row) => (row.validUntil === null ? '' : format.date(row.validUntil, 'day')),
        },
        {
          title: '',
          align: 'right',
          render: (row) =>
            toggle !== undefined && (
              <Button size="compact-sm" variant="subtle" color="gray" onClick={() => toggle(row)}>
                {say(row.state === 'active' ? 'screen.offer.coupon.block' : 'screen.offer.coupon.unblock')}
              </Button>
            ),
        },
      ]}
    />
  );
}

/** All codes as a table for a spreadsheet or a printer, page by page. */
function Export({ from, name }: { from: string; name: string }): React.JSX.Element {
  const { say } = useWords();
  const [busy, setBusy] = useState(false);
  const read = async (): Promise<CouponItem[]> => {
    const all: CouponItem[] = [];
    let cursor: string | null | undefined;
    do {
      const page: Page<CouponItem> = await api.get<Page<CouponItem>>(from, { limit: 200, cursor });
      all.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null && cursor !== undefined);
    return all;
  };
  const run = (use: (items: CouponItem[]) => Promise<void> | void): void => {
    setBusy(true);
    read()
      .then(use)
      .catch(tellFailure)
      .finally(() => setBusy(false));
  };
  const copy = async (items: CouponItem[]): Promise<void> => {
    await navigator.clipboard.writeText(items.map((item) => item.code).join('\n'));
    tellDone(say('screen.offer.coupon.copied', { count: items.length }));
  };
  const save = (items: CouponItem[]): void => {
    const head = ['code', 'state', 'used', 'uses', 'validUntil'];
    const rows = items.map((item) => [item.code, item.state, item.used, item.uses, item.validUntil]);
    // The mark at the beginning tells a spreadsheet that it is UTF-8.
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([`\uFEFF${csvOf([head, ...rows])}`], { type: 'text/csv' }));
    link.download = `${name.replaceAll(/[^\p{L}\p{N}]+/gu, '-')}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  return (
    <>
      <Button size="compact-sm" variant="subtle" loading={busy} onClick={() => run(copy)}>
        {say('screen.offer.coupon.copy')}
      </Button>
      <Button size="compact-sm" variant="subtle" loading={busy} onClick={() => run(save)}>
        CSV
      </Button>
    </>
  );
}

function AddForm({ from, onClose }: { from: string; onClose: () => void }): React.JSX.Element {
  const { say } = useWords();
  const { zone } = useFormat();
  const client = useQueryClient();
  const [kind, setKind] = useState<'unique' | 'shared'>('unique');
  const submit = async (form: FormData): Promise<void> => {
    const text = (name: string): string => {
      const value = form.get(name);
      return typeof value === 'string' ? value.trim() : '';
    };
    const number = (name: string): number | undefined =>
      text(name) === '' ? undefined : Number(text(name).replaceAll(/\s/g, ''));
    const terms = { perCustomer: number('perCustomer'), validUntil: endOfDay(text('validUntil'), zone) };
    const body =
      kind === 'shared'
        ? { code: text('code'), uses: number('uses'), ...terms }
        : { count: number('count'), prefix: text('prefix'), ...terms };
    const added = await api.post<{ items: CouponItem[] }>(from, body);
    await client.invalidateQueries({ queryKey: [from] });
    tellDone(say('screen.offer.coupon.added', { count: added.items.length }));
  };
  return (
    <FormDialog
      title={say('screen.offer.coupon.add')}
      act={say('screen.offer.coupon.make')}
      submit={submit}
      onClose={onClose}
    >
      <SegmentedControl
        aria-label={say('screen.offer.coupon.kind')}
        data={(['unique', 'shared'] as const).map((one) => ({ value: one, label: say(`screen.offer.coupon.${one}`) }))}
        value={kind}
        onChange={(next) => setKind(next === 'shared' ? 'shared' : 'unique')}
      />
      {kind === 'shared' ? (
        <>
          <TextInput
            name="code"
            label={say('screen.offer.coupon.code')}
            required
            minLength={3}
            maxLength={40}
            data-autofocus
          />
          <NumberInput name="uses" label={say('screen.offer.coupon.uses')} min={1} hideControls />
        </>
      ) : (
        <>
          <NumberInput
            name="count"
            label={say('screen.offer.coupon.count')}
            min={1}
            max={10_000}
            defaultValue={100}
            required
            hideControls
            data-autofocus
          />
          <TextInput name="prefix" label={say('screen.offer.coupon.prefix')} maxLength={12} pattern="[A-Za-z0-9]*" />
        </>
      )}
      <NumberInput name="perCustomer" label={say('screen.offer.coupon.per-customer')} min={1} hideControls />
      <DayInput name="validUntil" label={say('screen.offer.coupon.until')} />
    </FormDialog>
  );
}
