import '@mantine/spotlight/styles.layer.css';
import {
  Spotlight,
  createSpotlight,
  type SpotlightActionData,
  type SpotlightActionGroupData,
} from '@mantine/spotlight';
import { useDebouncedValue } from '@mantine/hooks';
import { useCan, usePlace, useScreens, useWords } from '@ruslo/ui';
import { useQueries } from '@tanstack/react-query';
import { IconKeyboard, IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';

const [store, spotlight] = createSpotlight();

/** Ctrl-K: any customer by name, phone, e-mail or card as one types; any page; any act. */
export default function Finder({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }): React.JSX.Element {
  const { say } = useWords();
  const { go } = usePlace();
  const screens = useScreens();
  const can = useCan();
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), 120);
  useEffect(() => spotlight.open(), []);

  const finders = screens.flatMap((slice) => slice.finders ?? []).filter((finder) => can(finder.permission));
  const answers = useQueries({
    queries: finders.map((finder) => ({
      queryKey: ['finder', finder.title, asked],
      queryFn: ({ signal }: { signal: AbortSignal }) => finder.find(asked, signal),
      enabled: asked.length >= 2,
      placeholderData: (old: Awaited<ReturnType<typeof finder.find>> | undefined) => old,
    })),
  });
  const wanted = text.trim().toLowerCase();
  const pages: SpotlightActionData[] = screens
    .flatMap((slice) => slice.links ?? [])
    .filter((link) => can(link.permission) && link.under !== 'customer')
    .map((link) => ({
      id: link.key,
      label: say(link.title),
      leftSection: <link.icon size={18} stroke={1.6} />,
      onClick: () => go(link.path),
    }));
  const acts: SpotlightActionData[] = [
    { id: 'help', label: say('shell.keys'), leftSection: <IconKeyboard size={18} stroke={1.6} />, onClick: onHelp },
  ];
  const fits = (action: SpotlightActionData): boolean => (action.label ?? '').toLowerCase().includes(wanted);
  const groups: SpotlightActionGroupData[] = [
    ...finders.map((finder, index) => ({
      group: say(finder.title),
      actions:
        asked.length < 2
          ? []
          : (answers[index]?.data ?? []).map((found) => ({
              id: found.id,
              label: found.label,
              description: found.hint,
              leftSection: <finder.icon size={18} stroke={1.6} />,
              onClick: () => go(found.path),
            })),
    })),
    { group: say('shell.pages'), actions: pages.filter(fits) },
    { group: say('shell.acts'), actions: acts.filter(fits) },
  ].filter((group) => group.actions.length > 0);

  // Answers come after the letters: the first of them is chosen anew, so that Enter opens what is on top.
  const shown = groups.flatMap((group) => group.actions.map((action) => action.id)).join(' ');
  useEffect(() => {
    if (asked === '') return;
    const { listId } = store.getState();
    if (listId === '') return;
    const actions = document.querySelectorAll(`#${CSS.escape(listId)} [data-action]`);
    for (const [at, action] of actions.entries()) action.toggleAttribute('data-selected', at === 0);
    store.updateState((state) => ({ ...state, selected: 0 }));
  }, [shown, asked]);
  const busy = answers.some((answer) => answer.isFetching);
  return (
    <Spotlight
      store={store}
      actions={groups}
      query={text}
      onQueryChange={setText}
      filter={(_query, actions) => actions}
      onSpotlightClose={onClose}
      shortcut={null}
      scrollable
      maxHeight={420}
      overlayProps={{ blur: 0, backgroundOpacity: 0.4 }}
      highlightQuery={false}
      nothingFound={busy || asked !== text.trim() ? say('ui.loading') : say('shell.nothing')}
      searchProps={{
        leftSection: <IconSearch size={18} stroke={1.6} />,
        placeholder: say('shell.find'),
        'aria-label': say('shell.find'),
      }}
    />
  );
}
