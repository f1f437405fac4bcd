import { Button, Popover, TextInput, UnstyledButton } from '@mantine/core';
import { agoText, DayInput, tellDone, tellFailure, useCan, useFormat, useWords, api } from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactNode } from 'react';
import { ageOn, fullName, phoneText, type Customer, type Name } from './model.ts';
import classes from './who.module.css';

type Patch = { name?: Name; birthDate?: string | null; city?: string | null; attributes?: Record<string, unknown> };

/** Saves a change of a person; what was before can be put back from the notice. */
export function useSaveCustomer(customer: Customer): (patch: Patch, before: Patch, done: string) => Promise<boolean> {
  const client = useQueryClient();
  const write = async (patch: Patch): Promise<void> => {
    await api.patch(`/v1/customers/${customer.id}`, patch);
    await Promise.all([
      client.invalidateQueries({ queryKey: ['customer', customer.id] }),
      client.invalidateQueries({ queryKey: ['/v1/customers'] }),
    ]);
  };
  return async (patch, before, done) => {
    try {
      await write(patch);
      tellDone(done, () => write(before));
      return true;
    } catch (error) {
      tellFailure(error);
      return false;
    }
  };
}

/** Name, age, city; each is changed where it stands. */
export function Who({ customer }: { customer: Customer }): React.JSX.Element {
  const { say, locale } = useWords();
  const format = useFormat();
  const name = fullName(customer.name);
  const phone = customer.identifiers.find((each) => each.kind === 'phone' && each.state === 'active')?.value;
  const email = customer.identifiers.find((each) => each.kind === 'email' && each.state === 'active')?.value;
  const since = customer.createdAt ?? customer.members.map((member) => member.createdAt).toSorted()[0];
  const birth = customer.birthDate;
  const spare = [phone === undefined ? undefined : phoneText(phone), email]
    .filter((part) => part !== undefined)
    .join(' · ');
  return (
    <div className={classes.who}>
      <h1 className={classes.name}>
        <Place
          label={say('screen.identity.name.edit')}
          form={(close) => <NameForm customer={customer} close={close} />}
        >
          {name ?? <span className="dim">{spare === '' ? say('screen.identity.nameless') : spare}</span>}
        </Place>
      </h1>
      <p className={classes.line}>
        <Place
          label={say('screen.identity.birth.edit')}
          form={(close) => <BirthForm customer={customer} close={close} />}
        >
          {birth === null || birth === undefined ? (
            <span className={classes.blank}>{say('screen.identity.birth.none')}</span>
          ) : (
            <>
              {say('screen.identity.age', { count: ageOn(birth, new Date()) })}, {format.plainDate(birth)}
            </>
          )}
        </Place>
        <Place
          label={say('screen.identity.city.edit')}
          form={(close) => <CityForm customer={customer} close={close} />}
        >
          {customer.city === null || customer.city === undefined || customer.city === '' ? (
            <span className={classes.blank}>{say('screen.identity.city.none')}</span>
          ) : (
            customer.city
          )}
        </Place>
        {since !== undefined && (
          <span className={classes.plain} title={format.date(since, 'exact')}>
            {say('screen.identity.since', { when: agoText(since, Date.now(), locale) })}
          </span>
        )}
      </p>
    </div>
  );
}

/** Text that opens its own form when pressed. */
function Place({
  label,
  children,
  form,
}: {
  label: string;
  children: ReactNode;
  form: (close: () => void) => ReactNode;
}): React.JSX.Element {
  const can = useCan();
  const [opened, setOpened] = useState(false);
  if (!can('customer.write')) return <span className={classes.plain}>{children}</span>;
  return (
    <Popover opened={opened} onChange={setOpened} width={320} position="bottom-start" trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton className={classes.place} onClick={() => setOpened(!opened)} title={label}>
          {children}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>{opened && form(() => setOpened(false))}</Popover.Dropdown>
    </Popover>
  );
}

const textOf = (form: FormData, key: string): string | null => {
  const value = form.get(key);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
};

function Form({
  save,
  close,
  children,
}: {
  save: (form: FormData) => Promise<boolean>;
  close: () => void;
  children: ReactNode;
}): React.JSX.Element {
  const { say } = useWords();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    const saved = await save(new FormData(event.currentTarget));
    setBusy(false);
    if (saved) close();
  };
  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)}>
      {children}
      <div className={classes.formActs}>
        <Button type="submit" loading={busy}>
          {say('ui.save')}
        </Button>
        <Button variant="subtle" color="gray" onClick={close}>
          {say('ui.cancel')}
        </Button>
      </div>
    </form>
  );
}

interface FormProps {
  readonly customer: Customer;
  readonly close: () => void;
}

function NameForm({ customer, close }: FormProps): React.JSX.Element {
  const { say } = useWords();
  const save = useSaveCustomer(customer);
  const before = {
    first: customer.name?.first ?? null,
    middle: customer.name?.middle ?? null,
    last: customer.name?.last ?? null,
  };
  return (
    <Form
      close={close}
      save={(form) =>
        save(
          { name: { first: textOf(form, 'first'), middle: textOf(form, 'middle'), last: textOf(form, 'last') } },
          { name: before },
          say('screen.identity.name.saved'),
        )
      }
    >
      <TextInput
        name="last"
        label={say('screen.identity.name.last')}
        defaultValue={before.last ?? ''}
        data-autofocus
        maxLength={120}
      />
      <TextInput
        name="first"
        label={say('screen.identity.name.first')}
        defaultValue={before.first ?? ''}
        maxLength={120}
      />
      <TextInput
        name="middle"
        label={say('screen.identity.name.middle')}
        defaultValue={before.middle ?? ''}
        maxLength={120}
      />
    </Form>
  );
}

function BirthForm({ customer, close }: FormProps): React.JSX.Element {
  const { say } = useWords();
  const save = useSaveCustomer(customer);
  return (
    <Form
      close={close}
      save={(form) =>
        save(
          { birthDate: textOf(form, 'birth') },
          { birthDate: customer.birthDate ?? null },
          say('screen.identity.birth.saved'),
        )
      }
    >
      <DayInput
        inside
        name="birth"
        label={say('screen.identity.birth')}
        defaultValue={customer.birthDate ?? ''}
        max={new Date().toISOString().slice(0, 10)}
      />
    </Form>
  );
}

function CityForm({ customer, close }: FormProps): React.JSX.Element {
  const { say } = useWords();
  const save = useSaveCustomer(customer);
  return (
    <Form
      close={close}
      save={(form) =>
        save({ city: textOf(form, 'city') }, { city: customer.city ?? null }, say('screen.identity.city.saved'))
      }
    >
      <TextInput
        name="city"
        label={say('screen.identity.city')}
        defaultValue={customer.city ?? ''}
        data-autofocus
        maxLength={120}
      />
    </Form>
  );
}
