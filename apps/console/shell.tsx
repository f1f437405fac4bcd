import { ActionIcon, Tooltip, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { useLocalStorage, useMediaQuery } from '@mantine/hooks';
import {
  changeLocale,
  changeZone,
  Failing,
  Go,
  isLocale,
  KeyCap,
  tuneApi,
  useCan,
  useKeys,
  usePlace,
  useScreens,
  useSession,
  useWords,
  Wait,
  type ScreenLink,
} from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand, IconSearch } from '@tabler/icons-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { KeyPage } from './key-page.tsx';
import { Logo } from './logo.tsx';
import { Me } from './me.tsx';
import { wordLoaders } from './slices.ts';
import classes from './shell.module.css';

const Finder = lazy(() => import('./finder.tsx'));

/** The frame of every page: rail, search, me. Whoever is not signed in goes to the sign-in page and comes back. */
export function Shell(): React.JSX.Element {
  const { session, error, retry } = useSession();
  const { go } = usePlace();
  const client = useQueryClient();
  useEffect(() => {
    tuneApi({ onSignedOut: () => client.setQueryData(['session'], null) });
  }, [client]);
  useEffect(() => {
    if (session !== null) return;
    const back = `${location.pathname}${location.search}`;
    go(back === '/' ? '/sign-in' : `/sign-in?back=${encodeURIComponent(back)}`, { replace: true });
  }, [session, go]);
  useOwnSettings();
  if (error !== null) return <Failing error={error} retry={retry} />;
  if (session === undefined || session === null) return <Wait />;
  return <Frame />;
}

/** Language, theme and zone follow the profile, on whichever machine it is opened. */
function useOwnSettings(): void {
  const { session } = useSession();
  const { setColorScheme } = useMantineColorScheme();
  const staff = session?.staff;
  useEffect(() => {
    if (staff === undefined) return;
    changeZone(staff.timeZone);
    if (staff.locale !== null && isLocale(staff.locale)) {
      localStorage.setItem('ruslo.locale', staff.locale);
      tuneApi({ locale: staff.locale });
      void changeLocale(staff.locale, wordLoaders);
    }
    if (staff.theme === 'light' || staff.theme === 'dark' || staff.theme === 'auto') setColorScheme(staff.theme);
  }, [staff, staff?.locale, staff?.theme, staff?.timeZone, setColorScheme]);
}

function Frame(): React.JSX.Element {
  const { say } = useWords();
  const { go } = usePlace();
  const [finding, setFinding] = useState(false);
  const [helping, setHelping] = useState(false);
  const [folded, setFolded] = useLocalStorage({
    key: 'ruslo.rail',
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const tight = useMediaQuery('(max-width: 1180px)', false, { getInitialValueInEffect: false });
  const narrow = folded || tight;
  useKeys([
    { key: '?', means: say('shell.key.help'), run: () => setHelping(true) },
    { key: '/', means: say('shell.key.find'), run: () => setFinding(true) },
    { key: 'g', means: say('shell.key.customers'), run: () => go('/customers') },
  ]);
  useEffect(() => {
    const open = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.code === 'KeyK') {
        event.preventDefault();
        setFinding(true);
      }
    };
    document.addEventListener('keydown', open);
    return () => document.removeEventListener('keydown', open);
  }, []);
  return (
    <div className={classes.shell} data-folded={narrow || undefined}>
      <a className={classes.skip} href="#work">
        {say('shell.skip')}
      </a>
      <nav className={classes.rail} aria-label={say('shell.places')}>
        <Go to="/" className={classes.brand} aria-label="Ruslo">
          <Logo size={26} />
          <span className={classes.brandName}>Ruslo</span>
        </Go>
        <Places folded={narrow} />
        {!tight && (
          <Tooltip label={say(folded ? 'shell.unfold' : 'shell.fold')} position="right">
            <ActionIcon
              className={classes.fold}
              variant="subtle"
              color="gray"
              onClick={() => setFolded(!folded)}
              aria-label={say(folded ? 'shell.unfold' : 'shell.fold')}
            >
              {folded ? <IconLayoutSidebarLeftExpand size={18} /> : <IconLayoutSidebarLeftCollapse size={18} />}
            </ActionIcon>
          </Tooltip>
        )}
      </nav>
      <header className={classes.top}>
        <UnstyledButton className={classes.find} onClick={() => setFinding(true)}>
          <IconSearch size={16} aria-hidden />
          <span className="cut">{say('shell.find')}</span>
          <span className={classes.findKeys} aria-hidden>
            <KeyCap>Ctrl</KeyCap>
            <KeyCap>K</KeyCap>
          </span>
        </UnstyledButton>
        <Me onHelp={() => setHelping(true)} />
      </header>
      <main className={classes.work} id="work" tabIndex={-1}>
        <Suspense fallback={<Wait />}>
          <Outlet />
        </Suspense>
      </main>
      {finding && (
        <Suspense fallback={null}>
          <Finder onClose={() => setFinding(false)} onHelp={() => setHelping(true)} />
        </Suspense>
      )}
      <KeyPage opened={helping} onClose={() => setHelping(false)} />
    </div>
  );
}

const byOrder = (a: ScreenLink, b: ScreenLink): number => a.order - b.order;

function Places({ folded }: { folded: boolean }): React.JSX.Element {
  const screens = useScreens();
  const can = useCan();
  const links = screens.flatMap((slice) => slice.links ?? []).filter((link) => can(link.permission));
  const places = links.filter((link) => link.under === undefined).toSorted(byOrder);
  return (
    <ul className={classes.places}>
      {places.map((place) => (
        <Place
          key={place.key}
          place={place}
          folded={folded}
          inner={links.filter((link) => link.under === place.key).toSorted(byOrder)}
        />
      ))}
    </ul>
  );
}

function Place({
  place,
  inner,
  folded,
}: {
  place: ScreenLink;
  inner: readonly ScreenLink[];
  folded: boolean;
}): React.JSX.Element {
  const { say } = useWords();
  const { path } = usePlace();
  const active = path === place.path || path.startsWith(`${place.path}/`);
  const target =
    inner.length > 0 && inner[0] !== undefined && !inner.some((link) => link.path === place.path)
      ? inner[0].path
      : place.path;
  return (
    <li>
      <Tooltip label={say(place.title)} position="right" disabled={!folded}>
        <Go
          to={target}
          className={classes.place}
          data-active={active || undefined}
          aria-current={active ? 'page' : undefined}
        >
          <place.icon size={19} stroke={1.7} aria-hidden />
          <span className={classes.placeName}>{say(place.title)}</span>
        </Go>
      </Tooltip>
      {active && inner.length > 0 && (
        <ul className={classes.inner}>
          {inner.map((link) => {
            const here = path === link.path || path.startsWith(`${link.path}/`);
            return (
              <li key={link.key}>
                <Tooltip label={say(link.title)} position="right" disabled={!folded}>
                  <Go
                    to={link.path}
                    className={classes.innerLink}
                    data-active={here || undefined}
                    aria-current={here ? 'page' : undefined}
                  >
                    <link.icon size={16} stroke={1.7} aria-hidden className={classes.innerIcon} />
                    <span className={classes.placeName}>{say(link.title)}</span>
                  </Go>
                </Tooltip>
              </li>
            );
          })}
        </ul>
      )}
    </li>
  );
}
