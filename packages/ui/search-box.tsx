import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useKeys } from './keys.ts';
import { usePlace } from './place.ts';
import { useWords } from './words.ts';

/** What is searched lives in the address as `q`. F goes into the box; Escape and ↓ leave it. */
export function SearchBox({
  label,
  keyMeans,
  className,
}: {
  label: string;
  keyMeans?: string;
  className?: string | undefined;
}): React.JSX.Element {
  const { say } = useWords();
  const { search, setSearch } = usePlace();
  const inAddress = search['q'] ?? '';
  const [text, setText] = useState(inAddress);
  const box = useRef<HTMLInputElement>(null);
  const write = useDebouncedCallback((value: string) => setSearch({ q: value.trim() }), 180);
  useEffect(() => {
    if (document.activeElement !== box.current) setText(inAddress);
  }, [inAddress]);
  useKeys([{ key: 'f', means: keyMeans ?? label, run: () => box.current?.focus() }]);
  return (
    <TextInput
      ref={box}
      className={className ?? ''}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        write(event.currentTarget.value);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape' || event.key === 'ArrowDown') event.currentTarget.blur();
      }}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        text === '' ? undefined : (
          <CloseButton
            size="sm"
            aria-label={say('ui.search.clear')}
            onClick={() => {
              setText('');
              setSearch({ q: null });
            }}
          />
        )
      }
      placeholder={label}
      aria-label={label}
      spellCheck={false}
    />
  );
}
