import '@mantine/dates/styles.layer.css';
import 'dayjs/locale/ru';
import { DateInput, DatesProvider } from '@mantine/dates';
import dayjs from 'dayjs';
import customParseFormat from 'dayjs/plugin/customParseFormat.js';
import { useWords } from './words.ts';

dayjs.extend(customParseFormat);

export interface DayInputProps {
  readonly label: string;
  /** 2026-11-21, or empty. */
  readonly value?: string;
  readonly defaultValue?: string;
  readonly onChange?: (day: string) => void;
  readonly name?: string;
  readonly max?: string;
  /** Inside a popover the calendar must not close it. */
  readonly inside?: boolean;
}

/** The drawn part of `DayInput`: the calendar is 70 KB, and few pages need it. */
export default function Calendar({
  label,
  value,
  defaultValue,
  onChange,
  name,
  max,
  inside = false,
}: DayInputProps): React.JSX.Element {
  const { locale } = useWords();
  const orNull = (day: string): string | null => (day === '' ? null : day.slice(0, 10));
  return (
    <DatesProvider settings={{ locale, firstDayOfWeek: 1 }}>
      <DateInput
        label={label}
        size="sm"
        clearable
        valueFormat={locale === 'ru' ? 'DD.MM.YYYY' : 'DD/MM/YYYY'}
        placeholder={locale === 'ru' ? 'дд.мм.гггг' : 'dd/mm/yyyy'}
        {...(value === undefined ? {} : { value: orNull(value) })}
        {...(defaultValue === undefined ? {} : { defaultValue: orNull(defaultValue) })}
        {...(name === undefined ? {} : { name })}
        {...(max === undefined ? {} : { maxDate: max })}
        onChange={(day) => onChange?.(day ?? '')}
        popoverProps={{ withinPortal: !inside }}
        data-autofocus
      />
    </DatesProvider>
  );
}
