import { Select, Switch, Textarea, TextInput } from '@mantine/core';
import { api, FormDialog, MoneyInput, tellDone, usePlace, useWords } from '@ruslo/ui';
import { useState } from 'react';
import { codeFrom, treeRows, type Attribute, type Product } from './model.ts';
import { textOf, useAttributes, useCategories, useRefresh } from './parts.tsx';
import classes from './catalog.module.css';

const kinds = ['good', 'service', 'gift-card'] as const;
type Values = Record<string, string | number | boolean>;

/** Values of the declared attributes of a form; what is left empty is left out, what nobody declared stays. */
export function attributesOf(form: FormData, declared: readonly Attribute[], old: Values): Values {
  const keys = new Set(declared.map((one) => one.key));
  const values: Values = Object.fromEntries(Object.entries(old).filter(([key]) => !keys.has(key)));
  for (const { key, type } of declared) {
    const text = textOf(form, `attribute.${key}`);
    if (text === '') continue;
    if (type === 'boolean') values[key] = text === 'true';
    else if (type === 'number') values[key] = Number(text.replace(',', '.').replaceAll(/\s/g, ''));
    else values[key] = text;
  }
  return values;
}

/** Fields for declared attributes, each by its type. */
export function AttributeFields({
  declared,
  values,
}: {
  declared: readonly Attribute[];
  values: Values;
}): React.JSX.Element {
  const { say, locale } = useWords();
  return (
    <div className={classes.pair}>
      {declared.map((one) => {
        const label = one.measure === null ? one.label[locale] : `${one.label[locale]}, ${one.measure}`;
        const value = values[one.key];
        const name = `attribute.${one.key}`;
        const shown = value === undefined ? '' : String(value);
        if (one.type === 'boolean')
          return (
            <Select
              key={one.key}
              name={name}
              label={label}
              clearable
              data={[
                { value: 'true', label: say('screen.catalog.yes') },
                { value: 'false', label: say('screen.catalog.no') },
              ]}
              defaultValue={shown === '' ? null : shown}
            />
          );
        if (one.type === 'option')
          return (
            <Select
              key={one.key}
              name={name}
              label={label}
              clearable
              searchable={one.options.length > 8}
              data={[...one.options]}
              defaultValue={shown === '' ? null : shown}
            />
          );
        return (
          <TextInput
            key={one.key}
            name={name}
            label={label}
            defaultValue={shown}
            {...(one.type === 'number' ? { inputMode: 'decimal' as const, pattern: '-?[0-9\\s]*[.,]?[0-9]*' } : {})}
          />
        );
      })}
    </div>
  );
}

/** A new product with its first variant, or what is known of one. */
export function ProductForm({ product, onClose }: { product?: Product; onClose: () => void }): React.JSX.Element {
  const { say } = useWords();
  const { go } = usePlace();
  const refresh = useRefresh();
  const categories = useCategories();
  const declared = useAttributes().filter((one) => one.level === 'product');
  const [priceMinor, setPriceMinor] = useState<number | null>(null);
  const [code, setCode] = useState<string>();
  const [title, setTitle] = useState(product?.title ?? '');
  const submit = async (form: FormData): Promise<void> => {
    const category = textOf(form, 'category');
    const body = {
      title: title.trim(),
      description: textOf(form, 'description'),
      brand: textOf(form, 'brand') || null,
      kind: textOf(form, 'kind'),
      categoryCode: categories.find((one) => one.id === category)?.code ?? null,
      attributes: attributesOf(form, declared, product?.attributes ?? {}),
      media: textOf(form, 'media')
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '')
        .map((url) => ({ url, alt: product?.media.find((one) => one.url === url)?.alt ?? '' })),
    };
    if (product !== undefined) {
      await api.patch(`/v1/products/${product.id}`, { ...body, version: product.version });
    } else {
      const ean = textOf(form, 'ean');
      const first = {
        sku: textOf(form, 'sku'),
        eans: ean === '' ? [] : ean.split(/[\s,;]+/),
        ...(priceMinor === null ? {} : { priceMinor }),
      };
      const made = await api.post<Product>('/v1/products', {
        ...body,
        code: textOf(form, 'code'),
        variants: [first],
      });
      go(`/catalogue/${made.id}`);
    }
    await refresh();
    tellDone(say('screen.catalog.saved'));
  };
  return (
    <FormDialog
      title={say(product === undefined ? 'screen.catalog.new' : 'screen.catalog.change.title')}
      act={say('ui.save')}
      submit={submit}
      onClose={onClose}
      size="lg"
    >
      <TextInput
        label={say('screen.catalog.name')}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
        required
        withAsterisk={false}
        maxLength={300}
        data-autofocus
      />
      {product === undefined && (
        <>
          <div className={classes.pair}>
            <TextInput name="sku" label={say('screen.catalog.sku')} required withAsterisk={false} maxLength={80} />
            <TextInput
              name="code"
              label={say('screen.catalog.code')}
              value={code ?? codeFrom(title)}
              onChange={(event) => setCode(event.currentTarget.value)}
              required
              withAsterisk={false}
              maxLength={120}
            />
          </div>
          <div className={classes.pair}>
            <MoneyInput label={say('screen.catalog.price')} valueMinor={priceMinor} onChange={setPriceMinor} />
            <TextInput name="ean" label={say('screen.catalog.ean')} />
          </div>
        </>
      )}
      <div className={classes.pair}>
        <TextInput
          name="brand"
          label={say('screen.catalog.brand')}
          defaultValue={product?.brand ?? ''}
          maxLength={120}
        />
        <Select
          name="category"
          label={say('screen.catalog.category')}
          searchable
          clearable
          // The tree comes after the form has opened.
          key={categories.length}
          data={treeRows(categories).map(({ row, depth }) => ({
            value: row.id,
            label: `${'\u2003'.repeat(depth)}${row.name}`,
          }))}
          defaultValue={product?.categoryId ?? null}
        />
      </div>
      <Select
        name="kind"
        label={say('screen.catalog.kind')}
        data={kinds.map((kind) => ({ value: kind, label: say(`screen.catalog.kind.${kind}`) }))}
        defaultValue={product?.kind ?? 'good'}
        allowDeselect={false}
      />
      <Textarea
        name="description"
        label={say('screen.catalog.description')}
        defaultValue={product?.description ?? ''}
        autosize
        minRows={2}
        maxRows={10}
      />
      <Textarea
        name="media"
        label={say('screen.catalog.media')}
        description={say('screen.catalog.media.about')}
        defaultValue={product?.media.map((one) => one.url).join('\n') ?? ''}
        autosize
        minRows={1}
        maxRows={6}
      />
      {declared.length > 0 && (
        <AttributeFields key={`a${String(declared.length)}`} declared={declared} values={product?.attributes ?? {}} />
      )}
    </FormDialog>
  );
}

/** A yes-or-no of a form, with its text beside it. */
export function Yes({ name, label, on }: { name: string; label: string; on: boolean }): React.JSX.Element {
  return <Switch name={name} label={label} defaultChecked={on} value="true" />;
}
