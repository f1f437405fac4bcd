import { NumberInput, Select, TextInput } from '@mantine/core';
import { MoneyInput, Part, useWords } from '@ruslo/ui';
import { ConditionForm } from './condition-form.tsx';
import { EffectsForm } from './effect-form.tsx';
import { MomentInput, WholeInput } from './inputs.tsx';
import { change, type Rule } from './model.ts';
import classes from './offer.module.css';

const modes = ['stacks', 'best', 'best-per-line', 'exclusive'] as const;

/** A rule as fields; what it does not show it leaves as it was. */
export function RuleForm({
  rule,
  onChange,
  errors,
}: {
  rule: Rule;
  onChange: (rule: Rule) => void;
  /** By path, such as `effects.0.bp`. */
  errors: ReadonlyMap<string, string>;
}): React.JSX.Element {
  const { say } = useWords();
  const put = (fields: Partial<Rule>): void => onChange({ ...rule, ...fields });
  return (
    <>
      <Part title={say('screen.offer.what')}>
        <div className={classes.fields}>
          <TextInput
            label={say('screen.offer.name')}
            description={say('screen.offer.name.about')}
            value={rule.name}
            maxLength={200}
            required
            onChange={(event) => put({ name: event.currentTarget.value })}
            error={errors.get('name')}
            data-autofocus
          />
          <div className={classes.moments}>
            <MomentInput
              label={say('screen.offer.from')}
              clockLabel={say('screen.offer.from.clock')}
              at={rule.validFrom ?? null}
              onChange={(validFrom) => put({ validFrom })}
            />
            <MomentInput
              label={say('screen.offer.until')}
              clockLabel={say('screen.offer.until.clock')}
              isEnd
              at={rule.validUntil ?? null}
              onChange={(validUntil) => put({ validUntil })}
              error={errors.get('validUntil')}
            />
          </div>
        </div>
      </Part>
      <Part title={say('screen.offer.when')}>
        <ConditionForm condition={rule.condition} onChange={(condition) => put({ condition })} />
      </Part>
      <Part title={say('screen.offer.gives')}>
        <EffectsForm effects={rule.effects} onChange={(effects) => put({ effects })} />
      </Part>
      <TermsForm rule={rule} put={put} errors={errors} />
    </>
  );
}

/** How it lives beside others, and how much it may give. */
function TermsForm({
  rule,
  put,
  errors,
}: {
  rule: Rule;
  put: (fields: Partial<Rule>) => void;
  errors: ReadonlyMap<string, string>;
}): React.JSX.Element {
  const { say } = useWords();
  const isGrouped = rule.mode === 'best' || rule.mode === 'best-per-line';
  return (
    <>
      <Part title={say('screen.offer.beside')}>
        <div className={classes.moments}>
          <Select
            label={say('screen.offer.mode')}
            data={modes.map((mode) => ({ value: mode, label: say(`screen.offer.mode.${mode}`) }))}
            value={rule.mode}
            onChange={(chosen) => put({ mode: modes.find((mode) => mode === chosen) ?? rule.mode })}
          />
          {(isGrouped || rule.group !== null) && (
            <TextInput
              label={say('screen.offer.group')}
              value={rule.group ?? ''}
              required={isGrouped}
              onChange={(event) => put({ group: event.currentTarget.value === '' ? null : event.currentTarget.value })}
              error={errors.get('group')}
            />
          )}
          <NumberInput
            label={say('screen.offer.priority')}
            hideControls
            min={0}
            max={1_000_000}
            value={rule.priority}
            onChange={(value) => put({ priority: typeof value === 'number' ? value : 0 })}
          />
        </div>
      </Part>
      <Part title={say('screen.offer.limits')}>
        <div className={classes.pair}>
          <WholeInput
            label={say('screen.offer.uses')}
            min={1}
            whole={rule.limits.uses}
            onChange={(uses) => put({ limits: change(rule.limits, { uses }) })}
          />
          <WholeInput
            label={say('screen.offer.per-customer')}
            min={1}
            whole={rule.limits.perCustomer}
            onChange={(perCustomer) => put({ limits: change(rule.limits, { perCustomer }) })}
          />
          <MoneyInput
            label={say('screen.offer.budget')}
            valueMinor={rule.limits.budgetMinor ?? null}
            onChange={(minor) => put({ limits: change(rule.limits, { budgetMinor: minor ?? undefined }) })}
          />
          <MoneyInput
            label={say('screen.offer.cap.line')}
            valueMinor={rule.caps.lineMinor ?? null}
            onChange={(minor) => put({ caps: change(rule.caps, { lineMinor: minor ?? undefined }) })}
          />
          <MoneyInput
            label={say('screen.offer.cap.order')}
            valueMinor={rule.caps.orderMinor ?? null}
            onChange={(minor) => put({ caps: change(rule.caps, { orderMinor: minor ?? undefined }) })}
          />
        </div>
      </Part>
    </>
  );
}
