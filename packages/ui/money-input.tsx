import { NumberInput, type NumberInputProps } from '@mantine/core';
import { useWords } from './words.ts';

type MoneyInputProps = Omit<NumberInputProps, 'value' | 'defaultValue' | 'onChange'> & {
  /** Whole minor units; null when nothing is typed. */
  readonly valueMinor: number | null;
  readonly onChange: (valueMinor: number | null) => void;
  readonly currency?: string;
};

const sign = (currency: string, locale: string): string =>
  new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' })
    .formatToParts(0)
    .find((part) => part.type === 'currency')?.value ?? currency;

/** An amount of money, typed in the main unit with kopecks, kept in minor units. */
export function MoneyInput({ valueMinor, onChange, currency = 'RUB', ...rest }: MoneyInputProps): React.JSX.Element {
  const { locale } = useWords();
  return (
    <NumberInput
      min={0}
      max={10_000_000_000}
      hideControls
      {...rest}
      decimalScale={2}
      decimalSeparator={locale === 'ru' ? ',' : '.'}
      allowedDecimalSeparators={[',', '.']}
      thousandSeparator={locale === 'ru' ? ' ' : ','}
      suffix={` ${sign(currency, locale)}`}
      value={valueMinor === null ? '' : valueMinor / 100}
      onChange={(value) => {
        const amount = typeof value === 'number' ? value : Number.parseFloat(value);
        onChange(Number.isFinite(amount) ? Math.round(amount * 100) : null);
      }}
    />
  );
}
