import { Button, MultiSelect, NumberInput, Popover, TagsInput, TextInput, UnstyledButton } from '@mantine/core';
import { DayInput, Go, Part, useCan, useFormat, useWords } from '@ruslo/ui';
import { useState } from 'react';
import { useAttributes } from './filters.tsx';
import type { Attribute, AttributeValue, Customer } from './model.ts';
import { useSaveCustomer } from './who.tsx';
import classes from './part.module.css';

type Shown = Pick<Attribute, 'key' | 'label' | 'type' | 'options'>;

/** What the company itself keeps of a person: declared, typed, changed where it stands. */
export function Attributes({ customer }: { customer: Customer }): React.JSX.Element {
  const { say, locale } = useWords();
  const can = useCan();
  const declared = useAttributes();
  const undeclared = Object.keys(customer.attributes).filter((key) => !declared.some((each) => each.key === key));
  const list: readonly Shown[] = [
    ...declared,
    ...undeclared.map((key): Shown => ({ key, label: { ru: key, en: key }, type: 'text', options: [] })),
  ];
  return (
    <Part title={say('screen.identity.attribute.part')} flush>
      {list.length === 0 ? (
        <p className={classes.none}>
          {say('screen.identity.attribute.none')}{' '}
          {can('attribute.manage') && <Go to="/settings/attributes">{say('screen.identity.attribute.declare')}</Go>}
        </p>
      ) : (
        <dl className={classes.pairs}>
          {list.map((attribute) => (
            <Row key={attribute.key} attribute={attribute} label={attribute.label[locale]} customer={customer} />
          ))}
        </dl>
      )}
    </Part>
  );
}

export function useAttributeText(): (type: Attribute['type'], value: AttributeValue | undefined) => string {
  const format = useFormat();
  return (type, value) => {
    if (value === undefined || value === '') return '—';
    if (Array.isArray(value)) return value.join(', ');
    if (type === 'money') return format.money(Number(value));
    if (type === 'number') return format.number(Number(value));
    if (type === 'date') return format.plainDate(String(value));
    return String(value);
  };
}

function Row({
  attribute,
  label,
  customer,
}: {
  attribute: Shown;
  label: string;
  customer: Customer;
}): React.JSX.Element {
  const can = useCan();
  const textOf = useAttributeText();
  const [opened, setOpened] = useState(false);
  const value = customer.attributes[attribute.key];
  const text = textOf(attribute.type, value);
  return (
    <>
      <dt className="cut" title={label}>
        {label}
      </dt>
      <dd>
        {can('customer.write') ? (
          <Popover opened={opened} onChange={setOpened} width={280} position="left" trapFocus returnFocus>
            <Popover.Target>
              <UnstyledButton
                className={classes.put}
                onClick={() => setOpened(!opened)}
                aria-label={`${label}: ${text}`}
              >
                {text}
              </UnstyledButton>
            </Popover.Target>
            <Popover.Dropdown>
              {opened && (
                <Editor attribute={attribute} label={label} customer={customer} close={() => setOpened(false)} />
              )}
            </Popover.Dropdown>
          </Popover>
        ) : (
          <span className={classes.put}>{text}</span>
        )}
      </dd>
    </>
  );
}

function Editor({
  attribute,
  label,
  customer,
  close,
}: {
  attribute: Shown;
  label: string;
  customer: Customer;
  close: () => void;
}): React.JSX.Element {
  const { say } = useWords();
  const save = useSaveCustomer(customer);
  const before = customer.attributes[attribute.key] ?? null;
  const [value, setValue] = useState<AttributeValue | null>(before);
  const submit = async (): Promise<void> => {
    const next = value === '' || (Array.isArray(value) && value.length === 0) ? null : value;
    const saved = await save(
      { attributes: { [attribute.key]: next } },
      { attributes: { [attribute.key]: before } },
      say('screen.identity.attribute.saved', { name: label }),
    );
    if (saved) close();
  };
  const { options } = attribute;
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {attribute.type === 'number' && (
        <NumberInput
          label={label}
          value={typeof value === 'number' ? value : ''}
          onChange={(next) => setValue(next === '' ? null : Number(next))}
          hideControls
          data-autofocus
        />
      )}
      {attribute.type === 'money' && (
        <NumberInput
          label={label}
          value={value === null ? '' : Number(value) / 100}
          onChange={(next) => setValue(next === '' ? null : Math.round(Number(next) * 100))}
          decimalScale={2}
          thousandSeparator=" "
          suffix=" ₽"
          hideControls
          data-autofocus
        />
      )}
      {attribute.type === 'date' && (
        <DayInput inside label={label} value={typeof value === 'string' ? value : ''} onChange={setValue} />
      )}
      {attribute.type === 'list' &&
        (options.length > 0 ? (
          <MultiSelect
            label={label}
            data={options}
            value={Array.isArray(value) ? [...value] : []}
            onChange={setValue}
            comboboxProps={{ withinPortal: false }}
            data-autofocus
          />
        ) : (
          <TagsInput
            label={label}
            value={Array.isArray(value) ? [...value] : []}
            onChange={setValue}
            comboboxProps={{ withinPortal: false }}
            data-autofocus
          />
        ))}
      {attribute.type === 'text' && (
        <TextInput
          label={label}
          value={typeof value === 'string' ? value : ''}
          onChange={(event) => setValue(event.currentTarget.value)}
          data-autofocus
        />
      )}
      <div className={classes.acts}>
        <Button type="submit">{say('ui.save')}</Button>
        <Button variant="subtle" color="gray" onClick={close}>
          {say('ui.cancel')}
        </Button>
      </div>
    </form>
  );
}
