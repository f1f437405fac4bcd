import { Alert, Button, JsonInput, SegmentedControl } from '@mantine/core';
import { api, Failing, PageHead, Part, tellDone, tellFailure, usePlace, useWords, Wait } from '@ruslo/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { judge } from './judge.ts';
import { emptyRule, type Promotion, type Rule } from './model.ts';
import { RuleForm } from './rule-form.tsx';
import { WhatIf } from './what-if.tsx';
import classes from './offer.module.css';

/** Writes a promotion, or changes one. */
export default function EditorPage(): React.JSX.Element {
  const { path } = usePlace();
  const id = path.split('/')[2] ?? '';
  const isNew = id === 'new';
  const found = useQuery({
    queryKey: ['/v1/promotions', id, 'edit'],
    queryFn: ({ signal }) => api.get<Promotion>(`/v1/promotions/${id}`, {}, signal),
    enabled: !isNew,
    // What is being edited is not swapped under the hands.
    staleTime: Infinity,
    gcTime: 0,
  });
  if (isNew) return <Editor promotion={undefined} />;
  if (found.error !== null) return <Failing error={found.error} retry={() => void found.refetch()} />;
  return found.data === undefined ? <Wait /> : <Editor promotion={found.data} />;
}

type Read = { readonly rule: Rule } | { readonly wrong: string };

function readJson(text: string): Read {
  try {
    const rule: unknown = JSON.parse(text);
    return typeof rule === 'object' && rule !== null && !Array.isArray(rule)
      ? { rule: { ...emptyRule, ...rule } }
      : { wrong: '{ … }' };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : '' };
  }
}

function Editor({ promotion }: { promotion: Promotion | undefined }): React.JSX.Element {
  const { say } = useWords();
  const { go } = usePlace();
  const client = useQueryClient();
  const [rule, setRule] = useState<Rule>(() => ({ ...emptyRule, ...promotion?.rule }));
  const [view, setView] = useState<'form' | 'json' | 'try'>('form');
  const [text, setText] = useState('');
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const read = useMemo((): Read => (view === 'json' ? readJson(text) : { rule }), [view, text, rule]);
  const issues = useMemo(() => judge('rule' in read ? read.rule : undefined), [read]);
  const errors = new Map(issues.map((issue) => [issue.path.join('.'), say('screen.offer.wrong')]));
  const show = (next: typeof view): void => {
    if (view === 'json') {
      if ('wrong' in read) {
        setAsked(true);
        return;
      }
      setRule(read.rule);
    }
    if (next === 'json') setText(JSON.stringify(rule, undefined, 2));
    setView(next);
  };
  const save = async (state: 'draft' | 'active' | undefined): Promise<void> => {
    setAsked(true);
    if (!('rule' in read) || issues.length > 0) return;
    const saved =
      promotion === undefined
        ? await api.post<Promotion>('/v1/promotions', { rule: read.rule, state: state ?? 'draft' })
        : await api.patch<Promotion>(`/v1/promotions/${promotion.id}`, { version: promotion.version, rule: read.rule });
    await client.invalidateQueries({ queryKey: ['/v1/promotions'] });
    const said = say(saved.state === 'active' ? 'screen.offer.saved.active' : 'screen.offer.saved');
    if (promotion === undefined) tellDone(said);
    else
      tellDone(said, async () => {
        await api.patch(`/v1/promotions/${saved.id}`, { version: saved.version, rule: promotion.rule });
        await client.invalidateQueries({ queryKey: ['/v1/promotions'] });
      });
    go(`/promotions/${saved.id}`);
  };
  const run = (state?: 'draft' | 'active'): void => {
    setBusy(true);
    save(state)
      .catch(tellFailure)
      .finally(() => setBusy(false));
  };
  return (
    <div className={classes.page}>
      <PageHead
        title={promotion === undefined ? say('screen.offer.new') : rule.name}
        about={say(promotion?.state === 'active' ? 'screen.offer.edit.active' : 'screen.offer.edit.about')}
      >
        <Button
          variant="subtle"
          color="gray"
          onClick={() => go(promotion === undefined ? '/promotions' : `/promotions/${promotion.id}`)}
        >
          {say('ui.cancel')}
        </Button>
        {promotion === undefined && (
          <Button variant="default" loading={busy} onClick={() => run('active')}>
            {say('screen.offer.save.active')}
          </Button>
        )}
        <Button loading={busy} onClick={() => run('draft')}>
          {say(promotion === undefined ? 'screen.offer.save.draft' : 'ui.save')}
        </Button>
      </PageHead>
      <div className={classes.body} data-narrow={view === 'try' ? undefined : true}>
        <SegmentedControl
          className={classes.views ?? ''}
          aria-label={say('screen.offer.view')}
          data={(['form', 'json', 'try'] as const).map((one) => ({
            value: one,
            label: say(`screen.offer.view.${one}`),
          }))}
          value={view}
          onChange={(next) => show(next === 'json' ? 'json' : next === 'try' ? 'try' : 'form')}
        />
        {asked && ('wrong' in read || issues.length > 0) && (
          <Alert color="red" title={say('screen.offer.wrong.title')}>
            <ul className={classes.list}>
              {'wrong' in read && <li>{read.wrong}</li>}
              {'rule' in read &&
                issues.slice(0, 8).map((issue, index) => (
                  <li key={index}>
                    <Issue path={issue.path.map(String)} message={issue.message} />
                  </li>
                ))}
            </ul>
          </Alert>
        )}
        {view === 'form' && (
          <form
            className={classes.column}
            onSubmit={(event) => {
              event.preventDefault();
              run('draft');
            }}
          >
            {/* Enter in a field saves; the first button of the form hears it. */}
            <button type="submit" hidden />
            <RuleForm rule={rule} onChange={setRule} errors={asked ? errors : new Map()} />
          </form>
        )}
        {view === 'json' && (
          <Part title={say('screen.offer.json')}>
            <p className={classes.note}>{say('screen.offer.json.about')}</p>
            <JsonInput
              aria-label={say('screen.offer.json')}
              classNames={{ input: classes.json ?? '' }}
              value={text}
              onChange={setText}
              autosize
              minRows={16}
              maxRows={40}
              spellCheck={false}
            />
          </Part>
        )}
        {view === 'try' && (
          <WhatIf
            draft={{ rule, ...(promotion === undefined ? {} : { replaces: promotion.id }) }}
            broken={issues.length > 0}
          />
        )}
      </div>
    </div>
  );
}

/** Where a rule is not right yet, in words as far as the part has some. */
function Issue({ path, message }: { path: readonly string[]; message: string }): React.JSX.Element {
  const { say } = useWords();
  const part = path[0] ?? '';
  const known = ['name', 'condition', 'effects', 'group', 'validUntil', 'limits', 'caps'].includes(part);
  return (
    <>
      {known && <b>{say(`screen.offer.part.${part}`)}: </b>}
      {say('screen.offer.wrong')} <span className="mono dim">{`${path.join('.')} · ${message}`}</span>
    </>
  );
}
