import { Button, Select, SegmentedControl, TextInput } from '@mantine/core';
import { api, MoneyInput, useWords } from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { findProducts, findVariants, readProduct, readVariants } from './find.ts';
import { BrandInput, CategoryInput, PickMany, Remove } from './inputs.tsx';
import { change, type AttributeTest, type Match } from './model.ts';
import classes from './offer.module.css';

const orNone = <T,>(list: T[]): T[] | undefined => (list.length === 0 ? undefined : list);
const isEmpty = (match: Match | undefined): boolean => match === undefined || Object.keys(match).length === 0;

/** Which goods are meant: all, or those that pass every given test. */
export function MatchForm({
  label,
  match,
  onChange,
  isInner = false,
}: {
  label: string;
  match: Match | undefined;
  onChange: (match: Match | undefined) => void;
  /** The exceptions of a choice have no exceptions of their own. */
  isInner?: boolean;
}): React.JSX.Element {
  const { say } = useWords();
  const [chosen, setChosen] = useState(isInner || !isEmpty(match));
  const now = match ?? {};
  const put = (fields: Parameters<typeof change<Match>>[1]): void => onChange(change(now, fields));
  const price = now.priceMinor;
  return (
    <div className={classes.match}>
      {!isInner && (
        <SegmentedControl
          size="xs"
          aria-label={label}
          data={[
            { value: 'all', label: say('screen.offer.match.all') },
            { value: 'some', label: say('screen.offer.match.some') },
          ]}
          value={chosen ? 'some' : 'all'}
          onChange={(value) => {
            setChosen(value === 'some');
            if (value === 'all') onChange(undefined);
          }}
        />
      )}
      {chosen && (
        <div className={classes.fields}>
          <CategoryInput
            label={say('screen.offer.match.categories')}
            ids={now.categoryIds ?? []}
            onChange={(ids) => put({ categoryIds: orNone(ids) })}
          />
          <BrandInput
            label={say('screen.offer.match.brands')}
            brands={now.brands ?? []}
            onChange={(brands) => put({ brands: orNone(brands) })}
          />
          <PickMany
            of="products"
            label={say('screen.offer.match.products')}
            ids={now.productIds ?? []}
            find={findProducts}
            read={readProduct}
            onChange={(ids) => put({ productIds: orNone(ids) })}
          />
          {now.variantIds !== undefined && (
            <PickMany
              of="variants"
              label={say('screen.offer.match.variants')}
              ids={now.variantIds}
              find={findVariants}
              read={async (id, signal) => (await readVariants([id], signal))[0]?.title ?? id.slice(0, 8)}
              onChange={(ids) => put({ variantIds: orNone(ids) })}
            />
          )}
          <div className={classes.pair}>
            <MoneyInput
              label={say('screen.offer.match.price-from')}
              valueMinor={price?.min ?? null}
              onChange={(min) => put({ priceMinor: priceOf(change(price ?? {}, { min: min ?? undefined })) })}
            />
            <MoneyInput
              label={say('screen.offer.match.price-to')}
              valueMinor={price?.max ?? null}
              onChange={(max) => put({ priceMinor: priceOf(change(price ?? {}, { max: max ?? undefined })) })}
            />
          </div>
          <AttributeTests
            source="/v1/product-attributes"
            tests={now.attributes ?? []}
            onChange={(tests) => put({ attributes: orNone(tests) })}
          />
          {!isInner && <Except now={now} put={(except) => put({ except })} />}
        </div>
      )}
    </div>
  );
}

const priceOf = (price: { min?: number | undefined; max?: number | undefined }): Match['priceMinor'] =>
  price.min === undefined && price.max === undefined ? undefined : (change(price, {}) as Match['priceMinor']);

function Except({ now, put }: { now: Match; put: (except: Match['except']) => void }): React.JSX.Element {
  const { say } = useWords();
  if (now.except === undefined)
    return (
      <div>
        <Button size="compact-sm" variant="subtle" leftSection={<IconPlus size={14} />} onClick={() => put({})}>
          {say('screen.offer.match.except.add')}
        </Button>
      </div>
    );
  return (
    <fieldset className={classes.inner}>
      <legend>
        {say('screen.offer.match.except')}
        <Remove label={say('screen.offer.match.except.remove')} onClick={() => put(undefined)} />
      </legend>
      <MatchForm
        label={say('screen.offer.match.except')}
        isInner
        match={now.except}
        onChange={(one) => put(one ?? {})}
      />
    </fieldset>
  );
}

interface Attribute {
  readonly key: string;
  readonly label: { readonly ru: string; readonly en: string };
  readonly type: string;
  readonly options?: readonly string[];
}
const ops = ['is', 'not', 'in', 'min', 'max'] as const;

/** A value is written as its attribute is declared: a number is no text. */
function valueOf(text: string, op: AttributeTest['op'], type: string | undefined): AttributeTest['value'] {
  const one = (part: string): string | number | boolean => {
    const trimmed = part.trim();
    if (type === 'boolean' && (trimmed === 'true' || trimmed === 'false')) return trimmed === 'true';
    const number = Number(trimmed.replace(',', '.'));
    return (type === 'number' || op === 'min' || op === 'max') && trimmed !== '' && Number.isFinite(number)
      ? number
      : trimmed;
  };
  return op === 'in' ? text.split(';').map(one) : one(text);
}

/** Tests of declared attributes, of goods or of customers. */
export function AttributeTests({
  source,
  tests,
  onChange,
}: {
  source: '/v1/product-attributes' | '/v1/attributes';
  tests: readonly AttributeTest[];
  onChange: (tests: AttributeTest[]) => void;
}): React.JSX.Element {
  const { say, locale } = useWords();
  const found = useQuery({
    queryKey: ['offer-attributes', source],
    queryFn: ({ signal }) => api.get<{ items: readonly Attribute[] }>(source, {}, signal),
    staleTime: 60_000,
    retry: false,
  });
  const attributes = found.data?.items ?? [];
  const put = (index: number, test: AttributeTest): void =>
    onChange(tests.map((one, at) => (at === index ? test : one)));
  const data = (key: string): { value: string; label: string }[] => [
    ...attributes.map((one) => ({ value: one.key, label: one.label[locale] })),
    ...(key === '' || attributes.some((one) => one.key === key) ? [] : [{ value: key, label: key }]),
  ];
  return (
    <div className={classes.rows}>
      {tests.map((test, index) => {
        const type = attributes.find((one) => one.key === test.key)?.type;
        const text = Array.isArray(test.value) ? test.value.join('; ') : String(test.value);
        return (
          <div key={index} className={classes.test}>
            <Select
              aria-label={say('screen.offer.attribute')}
              searchable
              data={data(test.key)}
              value={test.key}
              onChange={(key) => put(index, { ...test, key: key ?? test.key })}
            />
            <Select
              aria-label={say('screen.offer.attribute.op')}
              data={ops.map((op) => ({ value: op, label: say(`screen.offer.attribute.op.${op}`) }))}
              value={test.op}
              onChange={(op) => {
                const next = ops.find((one) => one === op) ?? test.op;
                put(index, { ...test, op: next, value: valueOf(text, next, type) });
              }}
            />
            <TextInput
              aria-label={say('screen.offer.attribute.value')}
              placeholder={test.op === 'in' ? say('screen.offer.attribute.many') : ''}
              defaultValue={text}
              onBlur={(event) => put(index, { ...test, value: valueOf(event.currentTarget.value, test.op, type) })}
            />
            <Remove label={say('ui.delete')} onClick={() => onChange(tests.filter((_, at) => at !== index))} />
          </div>
        );
      })}
      {attributes.length > 0 && (
        <div>
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<IconPlus size={14} />}
            onClick={() => onChange([...tests, { key: attributes[0]?.key ?? '', op: 'is', value: '' }])}
          >
            {say('screen.offer.attribute.add')}
          </Button>
        </div>
      )}
    </div>
  );
}
