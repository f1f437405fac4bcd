import { ActionIcon, Alert, Button, Select, Switch, TextInput } from '@mantine/core';
import {
  Ago,
  api,
  Failing,
  Go,
  MoneyInput,
  PageHead,
  Part,
  Sheet,
  tellDone,
  tellFailure,
  useCan,
  useFormat,
  useList,
  useWords,
  Wait,
  ShareInput,
} from '@ruslo/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { CategoryInput, CategorySelect, DaysInput } from './inputs.tsx';
import { changedFields, freeCode, type Programme, type Settings, type Tier, type Version } from './model.ts';
import classes from './loyalty.module.css';
import { WhatIf } from './what-if.tsx';

/** The programme: what a point is worth, how points are earned and spent, and the tiers. */
export default function ProgrammePage(): React.JSX.Element {
  const found = useQuery({
    queryKey: ['/v1/loyalty/programme'],
    queryFn: ({ signal }) => api.get<Programme>('/v1/loyalty/programme', {}, signal),
    // What is being edited is not swapped under the hands.
    refetchOnWindowFocus: false,
  });
  if (found.data === undefined)
    return found.error === null ? <Wait /> : <Failing error={found.error} retry={() => void found.refetch()} />;
  return <Editor key={found.data.version} programme={found.data} />;
}

type Put = (fields: Partial<Settings>) => void;

function Editor({ programme }: { programme: Programme }): React.JSX.Element {
  const { say } = useWords();
  const can = useCan();
  const client = useQueryClient();
  const [settings, setSettings] = useState(programme.settings);
  const [busy, setBusy] = useState(false);
  const put: Put = (fields) => setSettings({ ...settings, ...fields });
  const changed = changedFields(settings, programme.settings);
  const mayChange = can('loyalty.manage');
  const write = async (next: Settings, version: number): Promise<Programme> => {
    const saved = await api.put<Programme>('/v1/loyalty/programme', { settings: next, version });
    await client.invalidateQueries({ queryKey: ['/v1/loyalty/programme/versions'] });
    client.setQueryData(['/v1/loyalty/programme'], saved);
    return saved;
  };
  const save = (): void => {
    setBusy(true);
    write(settings, programme.version)
      .then((saved) =>
        tellDone(say('screen.loyalty.saved', { version: saved.version }), () =>
          write(programme.settings, saved.version),
        ),
      )
      .catch(tellFailure)
      .finally(() => setBusy(false));
  };
  return (
    <form
      className={classes.page}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <PageHead title={say('screen.loyalty.title')} about={say('screen.loyalty.about')}>
        {changed.length > 0 && (
          <Button variant="subtle" color="gray" onClick={() => setSettings(programme.settings)}>
            {say('screen.loyalty.reset')}
          </Button>
        )}
        {mayChange && (
          <Button type="submit" loading={busy} disabled={changed.length === 0 && programme.version > 0}>
            {say(programme.version === 0 ? 'screen.loyalty.start' : 'ui.save')}
          </Button>
        )}
      </PageHead>
      <div className={classes.body}>
        <div className={classes.column}>
          {programme.version === 0 && (
            <Alert color="orange" title={say('screen.loyalty.none')}>
              {say('screen.loyalty.none.about')}
            </Alert>
          )}
          <fieldset className={classes.plain} disabled={!mayChange}>
            <Earning settings={settings} put={put} />
            <Life settings={settings} put={put} />
            <Tiers settings={settings} put={put} />
          </fieldset>
        </div>
        <div className={classes.column} data-side>
          <WhatIf settings={settings} isDraft={changed.length > 0} />
          <Versions current={programme.version} />
        </div>
      </div>
    </form>
  );
}

function Earning({ settings, put }: { settings: Settings; put: Put }): React.JSX.Element {
  const { say } = useWords();
  const rates = settings.categories;
  return (
    <>
      <Part title={say('screen.loyalty.earn')}>
        <div className={classes.fields}>
          <div className={classes.pair}>
            <MoneyInput
              label={say('screen.loyalty.point')}
              valueMinor={settings.pointMinor}
              min={0.01}
              onChange={(minor) => put({ pointMinor: minor ?? 1 })}
            />
            <ShareInput
              label={say('screen.loyalty.rate')}
              bp={settings.earnRateBp}
              onChange={(bp) => put({ earnRateBp: bp ?? 0 })}
            />
          </div>
          <Switch
            label={say('screen.loyalty.earn.promoted')}
            checked={settings.earnOnPromoted}
            onChange={(event) => put({ earnOnPromoted: event.currentTarget.checked })}
          />
          {rates.map((rate, index) => (
            <div key={index} className={classes.rate}>
              <CategorySelect
                label={say('screen.loyalty.category')}
                id={rate.categoryId === '' ? null : rate.categoryId}
                onChange={(id) =>
                  put({ categories: rates.map((one, at) => (at === index ? { ...one, categoryId: id ?? '' } : one)) })
                }
              />
              <ShareInput
                aria-label={say('screen.loyalty.rate')}
                bp={rate.earnRateBp}
                onChange={(bp) =>
                  put({ categories: rates.map((one, at) => (at === index ? { ...one, earnRateBp: bp ?? 0 } : one)) })
                }
              />
              <Drop onClick={() => put({ categories: rates.filter((_, at) => at !== index) })} />
            </div>
          ))}
          <Add
            label={say('screen.loyalty.category.add')}
            onClick={() => put({ categories: [...rates, { categoryId: '', earnRateBp: settings.earnRateBp }] })}
          />
        </div>
      </Part>
      <Part title={say('screen.loyalty.spend')}>
        <div className={classes.fields}>
          <div className={classes.pair}>
            <ShareInput
              label={say('screen.loyalty.spend.limit')}
              bp={settings.spendLimitBp}
              onChange={(bp) => put({ spendLimitBp: bp ?? 0 })}
            />
          </div>
          <Switch
            label={say('screen.loyalty.spend.promoted')}
            checked={settings.spendOnPromoted}
            onChange={(event) => put({ spendOnPromoted: event.currentTarget.checked })}
          />
          <CategoryInput
            label={say('screen.loyalty.excluded')}
            description={say('screen.loyalty.excluded.about')}
            ids={settings.excludedCategories}
            onChange={(excludedCategories) => put({ excludedCategories })}
          />
        </div>
      </Part>
    </>
  );
}

function Life({ settings, put }: { settings: Settings; put: Put }): React.JSX.Element {
  const { say } = useWords();
  return (
    <Part title={say('screen.loyalty.life')}>
      <div className={classes.pair}>
        <DaysInput
          label={say('screen.loyalty.return-days')}
          description={say('screen.loyalty.return-days.about')}
          days={settings.returnDays}
          onChange={(days) => put({ returnDays: days ?? 0 })}
        />
        <DaysInput
          label={say('screen.loyalty.expiry-days')}
          description={say('screen.loyalty.expiry-days.about')}
          min={1}
          days={settings.expiryDays}
          onChange={(expiryDays) => put({ expiryDays })}
        />
        <DaysInput
          label={say('screen.loyalty.grace-days')}
          description={say('screen.loyalty.grace-days.about')}
          days={settings.graceDays}
          onChange={(days) => put({ graceDays: days ?? 0 })}
        />
        <Select
          label={say('screen.loyalty.claw-back')}
          description={say('screen.loyalty.claw-back.about')}
          data={(['debt', 'deduct'] as const).map((one) => ({
            value: one,
            label: say(`screen.loyalty.claw-back.${one}`),
          }))}
          value={settings.clawBack}
          onChange={(one) => put({ clawBack: one === 'deduct' ? 'deduct' : 'debt' })}
        />
        <Select
          label={say('screen.loyalty.zone')}
          description={say('screen.loyalty.zone.about')}
          searchable
          limit={40}
          data={Intl.supportedValuesOf('timeZone')}
          value={settings.timeZone}
          onChange={(timeZone) => put({ timeZone: timeZone ?? settings.timeZone })}
        />
      </div>
    </Part>
  );
}

function Tiers({ settings, put }: { settings: Settings; put: Put }): React.JSX.Element {
  const { say } = useWords();
  const { tiers } = settings;
  const change = (index: number, fields: Partial<Tier>): void =>
    put({ tiers: tiers.map((tier, at) => (at === index ? { ...tier, ...fields } : tier)) });
  return (
    <Part title={say('screen.loyalty.tiers')}>
      <div className={classes.fields}>
        <div className={classes.pair}>
          <DaysInput
            label={say('screen.loyalty.tier-days')}
            min={1}
            days={settings.tierDays}
            onChange={(days) => put({ tierDays: days ?? 1 })}
          />
        </div>
        {tiers.length === 0 && <p className={classes.note}>{say('screen.loyalty.tiers.none')}</p>}
        {tiers.map((tier, index) => (
          <fieldset key={index} className={classes.tier}>
            <legend className="hidden-text">{tier.name.ru}</legend>
            <TextInput
              label={say('screen.loyalty.tier.ru')}
              value={tier.name.ru}
              required
              maxLength={60}
              onChange={(event) => change(index, { name: { ...tier.name, ru: event.currentTarget.value } })}
            />
            <TextInput
              label={say('screen.loyalty.tier.en')}
              value={tier.name.en}
              required
              maxLength={60}
              onChange={(event) => change(index, { name: { ...tier.name, en: event.currentTarget.value } })}
            />
            <TextInput
              label={say('screen.loyalty.tier.code')}
              value={tier.code}
              required
              pattern="[a-z0-9\-]{1,30}"
              onChange={(event) => change(index, { code: event.currentTarget.value })}
            />
            <MoneyInput
              label={say('screen.loyalty.tier.from')}
              valueMinor={tier.fromMinor}
              onChange={(minor) => change(index, { fromMinor: minor ?? 0 })}
            />
            <ShareInput
              label={say('screen.loyalty.rate')}
              placeholder={say('screen.loyalty.tier.rate.own')}
              bp={tier.earnRateBp}
              onChange={(earnRateBp) => change(index, { earnRateBp })}
            />
            <DaysInput
              label={say('screen.loyalty.tier.grace')}
              days={tier.graceDays}
              onChange={(days) => change(index, { graceDays: days ?? 0 })}
            />
            <Drop onClick={() => put({ tiers: tiers.filter((_, at) => at !== index) })} />
          </fieldset>
        ))}
        <Add
          label={say('screen.loyalty.tier.add')}
          onClick={() => {
            const fromMinor = tiers.reduce((most, tier) => Math.max(most, tier.fromMinor), 0) + 1_000_000;
            const fresh = {
              code: freeCode(tiers),
              name: { ru: '', en: '' },
              fromMinor,
              earnRateBp: null,
              graceDays: 30,
            };
            put({ tiers: [...tiers, fresh] });
          }}
        />
      </div>
    </Part>
  );
}

function Drop({ onClick }: { onClick: () => void }): React.JSX.Element {
  const { say } = useWords();
  return (
    <ActionIcon variant="subtle" color="gray" aria-label={say('ui.delete')} title={say('ui.delete')} onClick={onClick}>
      <IconX size={16} />
    </ActionIcon>
  );
}

function Add({ label, onClick }: { label: string; onClick: () => void }): React.JSX.Element {
  return (
    <div>
      <Button variant="default" size="compact-sm" leftSection={<IconPlus size={14} />} onClick={onClick}>
        {label}
      </Button>
    </div>
  );
}

function Versions({ current }: { current: number }): React.JSX.Element | null {
  const { say } = useWords();
  const format = useFormat();
  const can = useCan();
  const list = useList<Version>('/v1/loyalty/programme/versions', {}, { limit: 10 });
  if (list.items.length === 0) return null;
  return (
    <Part
      title={say('screen.loyalty.versions')}
      flush
      act={can('audit.read') && <Go to="/settings/audit">{say('screen.loyalty.audit')}</Go>}
    >
      <Sheet
        rows={list.items}
        keyOf={(row) => String(row.version)}
        chosen={String(current)}
        label={say('screen.loyalty.versions')}
        columns={[
          { title: '№', width: '70px', render: (row) => format.number(row.version) },
          { title: say('screen.loyalty.version.at'), render: (row) => <Ago at={row.at} /> },
          {
            title: say('screen.loyalty.version.by'),
            render: (row) => say(row.by.startsWith('staff:') ? 'screen.loyalty.by.staff' : 'screen.loyalty.by.key'),
          },
        ]}
      />
      {list.hasMore && (
        <Button variant="subtle" size="compact-sm" m={8} loading={list.loadingMore} onClick={list.more}>
          {say('screen.loyalty.more')}
        </Button>
      )}
    </Part>
  );
}
