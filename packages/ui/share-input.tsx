import { NumberInput, type NumberInputProps } from '@mantine/core';
import { useWords } from './words.ts';

/** A share, typed in per cent, kept in basis points. */
export function ShareInput({
  bp,
  onChange,
  ...rest
}: Omit<NumberInputProps, 'value' | 'onChange'> & {
  bp: number | null;
  onChange: (bp: number | null) => void;
}): React.JSX.Element {
  const { locale } = useWords();
  return (
    <NumberInput
      hideControls
      min={0}
      max={100}
      decimalScale={2}
      {...rest}
      decimalSeparator={locale === 'ru' ? ',' : '.'}
      allowedDecimalSeparators={[',', '.']}
      suffix=" %"
      value={bp === null ? '' : bp / 100}
      onChange={(value) => {
        const share = typeof value === 'number' ? value : Number.parseFloat(value);
        onChange(Number.isFinite(share) ? Math.round(share * 100) : null);
      }}
    />
  );
}
