import { ActionIcon, Button, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { api, DayInput, FormDialog, tellDone, useWords } from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { readSpans, spansText, type Hours, type Place } from './model.ts';
import classes from './place.module.css';

export const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

interface Exception {
  readonly key: number;
  readonly date: string;
  readonly text: string;
  readonly note: string;
}

/** The hours of a week, and the days that differ from it. */
export function HoursForm({ place, onClose }: { place: Place; onClose: () => void }): React.JSX.Element {
  const { say } = useWords();
  const client = useQueryClient();
  const [wrong, setWrong] = useState<string>();
  const [exceptions, setExceptions] = useState<readonly Exception[]>(
    (place.hours?.exceptions ?? []).map(({ date, spans, note }, key) => ({
      key,
      date,
      text: spansText(spans),
      note: note ?? '',
    })),
  );
  const put = async (hours: Hours | null): Promise<void> => {
    await api.put(`/v1/places/${place.id}/hours`, { hours });
    await client.invalidateQueries({ queryKey: ['/v1/places'] });
  };
  const submit = async (form: FormData): Promise<boolean> => {
    const week = days.map((day) => {
      const value = form.get(day);
      return readSpans(typeof value === 'string' ? value : '');
    });
    const differing = exceptions
      .filter((one) => one.date !== '')
      .map(({ key, date, text, note }) => ({ key, date, spans: readSpans(text), note: note.trim() }));
    const badDay = differing.find((one) => one.spans === undefined)?.key;
    const bad = days[week.indexOf(undefined)] ?? (badDay === undefined ? undefined : String(badDay));
    setWrong(bad);
    if (bad !== undefined) return false;
    await put({
      week: week.map((spans) => spans ?? []),
      exceptions: differing.map(({ date, spans, note }) => ({
        date,
        spans: spans ?? [],
        ...(note === '' ? {} : { note }),
      })),
    });
    tellDone(say('screen.place.saved'), () => put(place.hours));
    return true;
  };
  const set = (key: number, change: Partial<Exception>): void =>
    setExceptions(exceptions.map((one) => (one.key === key ? { ...one, ...change } : one)));
  const errorOf = (name: string): string | undefined => (wrong === name ? say('screen.place.hours.wrong') : undefined);
  return (
    <FormDialog
      title={say('screen.place.hours.change')}
      act={say('ui.save')}
      submit={submit}
      onClose={onClose}
      size="lg"
    >
      <div className={classes.pair}>
        {days.map((day, index) => (
          <TextInput
            key={day}
            name={day}
            label={say(`screen.place.day.${day}`)}
            placeholder="10:00–21:00"
            defaultValue={spansText(place.hours?.week[index] ?? [])}
            error={errorOf(day)}
            {...(index === 0 ? { 'data-autofocus': true } : {})}
          />
        ))}
      </div>
      {exceptions.map((one) => (
        <div key={one.key} className={classes.day}>
          <DayInput
            label={say('screen.place.exception.date')}
            value={one.date}
            onChange={(date) => set(one.key, { date })}
          />
          <TextInput
            label={say('screen.place.hours')}
            placeholder={say('screen.place.hours.shut')}
            value={one.text}
            onChange={(event) => set(one.key, { text: event.currentTarget.value })}
            error={errorOf(String(one.key))}
          />
          <TextInput
            label={say('screen.place.note')}
            value={one.note}
            onChange={(event) => set(one.key, { note: event.currentTarget.value })}
            maxLength={200}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size={36}
            aria-label={say('screen.place.exception.remove', { date: one.date })}
            onClick={() => setExceptions(exceptions.filter((other) => other.key !== one.key))}
          >
            <IconX size={16} />
          </ActionIcon>
        </div>
      ))}
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<IconPlus size={14} />}
        style={{ alignSelf: 'flex-start' }}
        onClick={() =>
          setExceptions([...exceptions, { key: (exceptions.at(-1)?.key ?? 0) + 1, date: '', text: '', note: '' }])
        }
      >
        {say('screen.place.exception.add')}
      </Button>
    </FormDialog>
  );
}
