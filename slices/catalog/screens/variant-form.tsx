import { Select, TagsInput, TextInput } from '@mantine/core';
import { api, FormDialog, MoneyInput, tellDone, useWords } from '@ruslo/ui';
import { useState } from 'react';
import type { Product, ProductVariant } from './model.ts';
import { countOf, textOf, useAttributes, useRefresh } from './parts.tsx';
import { AttributeFields, attributesOf, Yes } from './product-form.tsx';
import classes from './catalog.module.css';

const vats = ['22', '20', '10', '7', '5', '0', 'none'] as const;

/** A variant: what is scanned, weighed, taxed and guaranteed. */
export function VariantForm({
  product,
  variant,
  onClose,
}: {
  product: Product;
  variant: ProductVariant | undefined;
  onClose: () => void;
}): React.JSX.Element {
  const { say } = useWords();
  const refresh = useRefresh();
  const declared = useAttributes().filter((one) => one.level === 'variant');
  const [eans, setEans] = useState<string[]>(variant?.eans ?? []);
  const [priceMinor, setPriceMinor] = useState<number | null>(null);
  const [minPriceMinor, setMinPriceMinor] = useState<number | null>(variant?.minPriceMinor ?? null);
  const submit = async (form: FormData): Promise<void> => {
    const row = {
      sku: variant?.sku ?? textOf(form, 'sku'),
      title: textOf(form, 'title') || product.title,
      eans,
      unit: textOf(form, 'unit'),
      vat: textOf(form, 'vat'),
      weightG: countOf(form, 'weightG'),
      minAge: countOf(form, 'minAge'),
      warrantyMonths: countOf(form, 'warrantyMonths'),
      minPriceMinor,
      marked: form.has('marked'),
      noDiscount: form.has('noDiscount'),
      image: textOf(form, 'image') || null,
      state: form.has('active') ? 'active' : 'withdrawn',
      attributes: attributesOf(form, declared, variant?.attributes ?? {}),
      ...(priceMinor === null ? {} : { priceMinor }),
    };
    await api.patch(`/v1/products/${product.id}`, { variants: [row] });
    await refresh();
    tellDone(say('screen.catalog.saved'));
  };
  const count = (name: 'weightG' | 'minAge' | 'warrantyMonths'): React.JSX.Element => (
    <TextInput
      name={name}
      label={say(`screen.catalog.${name}`)}
      defaultValue={variant?.[name] ?? ''}
      inputMode="numeric"
      pattern="[0-9]*"
    />
  );
  return (
    <FormDialog
      title={say(variant === undefined ? 'screen.catalog.variant.new' : 'screen.catalog.variant.change', {
        sku: variant?.sku,
      })}
      act={say('ui.save')}
      submit={submit}
      onClose={onClose}
      size="lg"
    >
      <div className={classes.pair}>
        <TextInput
          name="title"
          label={say('screen.catalog.name')}
          defaultValue={variant?.title ?? product.title}
          maxLength={300}
          data-autofocus
        />
        {variant === undefined ? (
          <TextInput name="sku" label={say('screen.catalog.sku')} required withAsterisk={false} maxLength={80} />
        ) : (
          <TextInput label={say('screen.catalog.sku')} value={variant.sku} readOnly />
        )}
      </div>
      <TagsInput
        label={say('screen.catalog.ean')}
        description={say('screen.catalog.ean.about')}
        value={eans}
        onChange={setEans}
      />
      <div className={classes.pair}>
        <Select
          name="unit"
          label={say('screen.catalog.unit')}
          data={['piece', 'weight'].map((unit) => ({ value: unit, label: say(`screen.catalog.unit.${unit}`) }))}
          defaultValue={variant?.unit ?? 'piece'}
          allowDeselect={false}
        />
        <Select
          name="vat"
          label={say('screen.catalog.vat')}
          data={vats.map((vat) => ({
            value: vat,
            label: vat === 'none' ? say('screen.catalog.vat.none') : `${vat} %`,
          }))}
          defaultValue={variant?.vat ?? '22'}
          allowDeselect={false}
        />
        {variant === undefined && (
          <MoneyInput label={say('screen.catalog.price')} valueMinor={priceMinor} onChange={setPriceMinor} />
        )}
        <MoneyInput label={say('screen.catalog.min-price')} valueMinor={minPriceMinor} onChange={setMinPriceMinor} />
        {count('weightG')}
        {count('warrantyMonths')}
        {count('minAge')}
        <TextInput
          name="image"
          label={say('screen.catalog.image')}
          defaultValue={variant?.image ?? ''}
          maxLength={1000}
        />
      </div>
      {declared.length > 0 && (
        <AttributeFields key={declared.length} declared={declared} values={variant?.attributes ?? {}} />
      )}
      <Yes name="marked" label={say('screen.catalog.marked')} on={variant?.marked ?? false} />
      <Yes name="noDiscount" label={say('screen.catalog.no-discount')} on={variant?.noDiscount ?? false} />
      <Yes name="active" label={say('screen.catalog.for-sale')} on={variant?.state !== 'withdrawn'} />
    </FormDialog>
  );
}
