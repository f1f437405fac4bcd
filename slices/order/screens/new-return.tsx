import { Button, TextInput, UnstyledButton } from '@mantine/core';
import { api, ChannelMark, Empty, messageOf, PageHead, Part, Problem, useFormat, usePlace, useWords } from '@ruslo/ui';
import { IconArrowBackUp, IconScan } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { numberOf, returnKeys, type Returnable } from './model.ts';
import { ReturnForm } from './return-form.tsx';
import desk from './desk.module.css';

const findBy = async (by: Readonly<Record<string, string>>): Promise<readonly Returnable[]> =>
  (await api.post<{ items: Returnable[] }>('/v1/returns/find', by)).items;

/** Asks by what the text looks like, one guess after the other while nothing is known. */
async function findByText(text: string): Promise<readonly Returnable[]> {
  let last: unknown;
  for (const key of returnKeys(text)) {
    try {
      // oxlint-disable-next-line no-await-in-loop
      return await findBy({ [key]: key === 'orderNumber' ? numberOf(text) : text });
    } catch (error) {
      last = error;
      if (!(error instanceof Problem) || error.status !== 404) throw error;
    }
  }
  throw last;
}

/** A return or an exchange without paper: find the purchase, choose units, see what goes back, confirm. */
export default function NewReturn(): React.JSX.Element {
  const { say } = useWords();
  const { search, setSearch, go } = usePlace();
  const number = search['number'] ?? '';
  const customerId = search['customerId'] ?? '';
  const [text, setText] = useState(number);
  const box = useRef<HTMLInputElement>(null);
  const query = useQuery({
    queryKey: ['returnable', number, customerId],
    queryFn: async () => {
      const items = await (number === '' ? findBy({ customerId }) : findByText(number));
      return items.filter((order) => order.lines.some((line) => line.returnable > 0));
    },
    enabled: number !== '' || customerId !== '',
    retry: false,
    gcTime: 0,
  });
  const found = query.error === null ? query.data : undefined;
  const told =
    query.error !== null
      ? messageOf(query.error)
      : found?.length === 0
        ? say('screen.order.return.nothing')
        : undefined;
  useEffect(() => {
    if (number === '' && customerId === '') box.current?.focus();
  }, [number, customerId]);
  const find = (wanted: string): void => {
    if (wanted === number) void query.refetch();
    else setSearch({ number: wanted, customerId: null, order: null });
  };
  const chosen = found?.length === 1 ? found[0] : found?.find((order) => order.orderId === search['order']);
  return (
    <>
      <PageHead title={say('screen.order.return.new')} about={say('screen.order.return.new.about')}>
        <Button variant="default" onClick={() => go('/returns')}>
          {say('screen.order.return.all')}
        </Button>
      </PageHead>
      <div className={`${desk.page} ${desk.narrow}`}>
        <form
          className={desk.scanner}
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim() !== '') find(text.trim());
          }}
        >
          <TextInput
            ref={box}
            size="lg"
            label={say('screen.order.return.find')}
            leftSection={<IconScan size={22} aria-hidden />}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            {...(told === undefined ? {} : { error: told })}
          />
        </form>
        {chosen !== undefined ? (
          <ReturnForm key={chosen.orderId} order={chosen} />
        ) : found !== undefined && found.length > 0 ? (
          <Purchases items={found} choose={(id) => setSearch({ order: id })} />
        ) : (
          <Empty
            title={say('screen.order.return.start')}
            about={say('screen.order.return.start.about')}
            picture={<IconArrowBackUp size={40} stroke={1.4} />}
          />
        )}
      </div>
    </>
  );
}

function Purchases({
  items,
  choose,
}: {
  items: readonly Returnable[];
  choose: (id: string) => void;
}): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  return (
    <Part title={say('screen.order.return.purchases')} flush>
      {items.map((order) => (
        <UnstyledButton key={order.orderId} className={desk.choice} onClick={() => choose(order.orderId)}>
          <span>
            <span className="mono">{order.number}</span>{' '}
            {order.lines
              .filter((line) => line.returnable > 0)
              .map((line) => line.title)
              .join(', ')}
          </span>
          <span className={desk.facts}>
            <ChannelMark channel={order.channel} size={18} />
            {format.date(order.completedAt ?? order.placedAt, 'day')}
          </span>
        </UnstyledButton>
      ))}
    </Part>
  );
}
