import { ActionIcon, Button, Menu, Tooltip } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import {
  api,
  Failing,
  tellDone,
  tellFailure,
  useCan,
  usePlace,
  useScreens,
  useStream,
  useWords,
  Wait,
  type CustomerSlotProps,
  type ScreenSlot,
} from '@ruslo/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { IconArrowLeft, IconArrowMerge, IconCopy, IconDots, IconX } from '@tabler/icons-react';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { Attributes } from './attribute-part.tsx';
import { History } from './history.tsx';
import { Identifiers } from './identifier-part.tsx';
import { MergeWith } from './merge-with.tsx';
import { fullName, type Customer } from './model.ts';
import { Suggestions } from './suggestion.tsx';
import { Who } from './who.tsx';
import classes from './card.module.css';

/** The 360 card: the whole person on one page. */
export default function Card(): React.JSX.Element {
  const { customerId = '' } = useParams({ strict: false }) as { customerId?: string };
  const { say } = useWords();
  const client = useQueryClient();
  const { go } = usePlace();
  const query = useQuery({
    queryKey: ['customer', customerId],
    queryFn: ({ signal }) => api.get<Customer>(`/v1/customers/${customerId}`, {}, signal),
  });
  const customer = query.data;
  const later = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(later.current), []);
  useStream(customerId === '' ? undefined : `customer:${customerId}`, (message) => {
    const kind = message.event === 'timeline' ? (message.data as { kind?: string }).kind : message.event;
    // A merge, a split, a change or a new identifier: what is shown is read anew, in place. Other events change nothing here.
    if (kind === undefined || !['fact', 'identify', 'alias', 'merged', 'unmerged', 'reset'].includes(kind)) return;
    clearTimeout(later.current);
    later.current = setTimeout(() => void client.invalidateQueries({ queryKey: ['customer', customerId] }), 400);
  });
  useEffect(() => {
    const name = fullName(customer?.name);
    document.title = name === undefined ? 'Ruslo' : `${name} · Ruslo`;
    return () => {
      document.title = 'Ruslo';
    };
  }, [customer?.name]);
  // The address of somebody merged into another leads to the person.
  useEffect(() => {
    if (customer !== undefined && customer.id !== customerId)
      go(`/customers/${customer.id}`, { keepSearch: true, replace: true });
  }, [customer, customerId, go]);

  if (query.isPending) return <Wait rows={12} />;
  if (customer === undefined)
    return (
      <Failing error={query.error} retry={() => void query.refetch()} kept={say('screen.identity.card.missing')} />
    );
  return <Open customer={customer} />;
}

function Open({ customer }: { customer: Customer }): React.JSX.Element {
  const { say } = useWords();
  const { go } = usePlace();
  const can = useCan();
  const [merging, setMerging] = useState(false);
  const small = useMediaQuery('(max-width: 900px)', false, { getInitialValueInEffect: false });
  const slot: CustomerSlotProps = { customerId: customer.id, name: customer.name ?? {} };
  const openSuggestions = customer.suggestions.filter((each) => each.state === 'open');
  return (
    <article className={classes.card} aria-label={fullName(customer.name) ?? say('screen.identity.nameless')}>
      <header className={classes.head}>
        {small && (
          <ActionIcon
            variant="subtle"
            color="gray"
            onClick={() => go('/customers', { keepSearch: true })}
            aria-label={say('ui.key.back')}
          >
            <IconArrowLeft size={18} />
          </ActionIcon>
        )}
        <Who customer={customer} />
        <div className={classes.acts}>
          {can('customer.merge') && (
            <Button variant="default" leftSection={<IconArrowMerge size={16} />} onClick={() => setMerging(true)}>
              {say('screen.identity.merge.act')}
            </Button>
          )}
          <CardMenu customerId={customer.id} />
          {!small && (
            <Tooltip label={`${say('ui.close')} · Esc`}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size={32}
                onClick={() => go('/customers', { keepSearch: true })}
                aria-label={say('ui.close')}
              >
                <IconX size={18} />
              </ActionIcon>
            </Tooltip>
          )}
        </div>
      </header>
      <Slots at="customer.vitals" {...slot} />
      {openSuggestions.length > 0 && <Suggestions customer={customer} suggestions={openSuggestions} />}
      <div className={classes.columns}>
        <div className={classes.main}>
          <Slots at="customer.main" {...slot} />
        </div>
        <aside className={classes.aside}>
          <Identifiers customer={customer} />
          <Attributes customer={customer} />
          <History customer={customer} />
        </aside>
      </div>
      {merging && <MergeWith customer={customer} onClose={() => setMerging(false)} />}
    </article>
  );
}

/** What other slices offer about this customer, and its id. */
function CardMenu({ customerId }: { customerId: string }): React.JSX.Element {
  const { say } = useWords();
  const { go } = usePlace();
  const can = useCan();
  const links = useScreens()
    .flatMap((slice) => slice.links ?? [])
    .filter((link) => link.under === 'customer' && can(link.permission))
    .toSorted((a, b) => a.order - b.order);
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label={say('screen.identity.menu')}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {links.map((link) => (
          <Menu.Item
            key={link.key}
            leftSection={<link.icon size={16} />}
            onClick={() => go(link.path.replace('{id}', customerId))}
          >
            {say(link.title)}
          </Menu.Item>
        ))}
        <Menu.Item
          leftSection={<IconCopy size={16} />}
          onClick={() => {
            navigator.clipboard.writeText(customerId).then(() => tellDone(say('ui.copied')), tellFailure);
          }}
        >
          {say('screen.identity.menu.copy')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

const made = new Map<ScreenSlot, React.LazyExoticComponent<React.ComponentType<CustomerSlotProps>>>();
function partOf(slot: ScreenSlot): React.ComponentType<CustomerSlotProps> {
  const found = made.get(slot) ?? lazy(slot.load);
  made.set(slot, found);
  return found;
}

/** What slices above put on this page. */
function Slots({ at, ...rest }: CustomerSlotProps & { at: ScreenSlot['at'] }): React.JSX.Element {
  const screens = useScreens();
  const can = useCan();
  const slots = useMemo(
    () =>
      screens
        .flatMap((slice) => slice.slots ?? [])
        .filter((slot) => slot.at === at)
        .toSorted((a, b) => a.order - b.order),
    [screens, at],
  );
  return (
    <>
      {slots
        .filter((slot) => can(slot.permission))
        .map((slot) => {
          const Slot = partOf(slot);
          return (
            <Suspense key={`${at} ${String(slot.order)}`} fallback={<Wait rows={3} />}>
              <Slot {...rest} />
            </Suspense>
          );
        })}
    </>
  );
}
