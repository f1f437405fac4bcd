import { Avatar, Menu, SegmentedControl, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import {
  api,
  changeLocale,
  isLocale,
  tellFailure,
  tuneApi,
  useCan,
  usePlace,
  useRoomy,
  useSaveProfile,
  useSession,
  useWords,
} from '@ruslo/ui';
import { IconKeyboard, IconLogout, IconShieldLock, IconUser } from '@tabler/icons-react';
import { wordLoaders } from './slices.ts';
import classes from './me.module.css';

/** Language, theme, row height, profile, sign-out. What is chosen is kept in the profile. */
export function Me({ onHelp }: { onHelp: () => void }): React.JSX.Element {
  const { say, locale } = useWords();
  const { session } = useSession();
  const { go } = usePlace();
  const save = useSaveProfile();
  const can = useCan();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [roomy, setRoomy] = useRoomy();
  const name = session?.staff.name ?? '';

  const chooseLocale = (next: string): void => {
    if (!isLocale(next)) return;
    localStorage.setItem('ruslo.locale', next);
    tuneApi({ locale: next });
    void changeLocale(next, wordLoaders);
    save({ locale: next }).catch(tellFailure);
  };
  const chooseTheme = (next: string): void => {
    if (next !== 'light' && next !== 'dark' && next !== 'auto') return;
    setColorScheme(next);
    save({ theme: next }).catch(tellFailure);
  };
  const leave = async (): Promise<void> => {
    try {
      await api.delete('/v1/session');
    } catch (error) {
      tellFailure(error);
      return;
    }
    // A whole reload: nothing of any customer stays in this page's memory.
    location.assign('/sign-in');
  };

  return (
    <div className={classes.me}>
      <SegmentedControl
        size="xs"
        className={classes.locale}
        value={locale}
        onChange={chooseLocale}
        data={[
          { value: 'ru', label: 'RU' },
          { value: 'en', label: 'EN' },
        ]}
        aria-label={say('shell.language')}
      />
      <Menu position="bottom-end" width={264} closeOnItemClick>
        <Menu.Target>
          <UnstyledButton className={classes.button}>
            <span className="hidden-text">{say('shell.me', { name })}</span>
            <Avatar size={28} radius="xl" color="accent" name={name} />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <div className={classes.who}>
            <div className={`${classes.name ?? ''} cut`}>{name}</div>
            <div className="dim cut">{session?.staff.email}</div>
          </div>
          <Menu.Divider />
          <div className={classes.choice}>
            <span className="dim">{say('shell.theme')}</span>
            <SegmentedControl
              size="xs"
              fullWidth
              value={colorScheme}
              onChange={chooseTheme}
              aria-label={say('shell.theme')}
              data={[
                { value: 'light', label: say('shell.theme.light') },
                { value: 'dark', label: say('shell.theme.dark') },
                { value: 'auto', label: say('shell.theme.auto') },
              ]}
            />
          </div>
          <div className={classes.choice}>
            <span className="dim">{say('shell.rows')}</span>
            <SegmentedControl
              size="xs"
              fullWidth
              value={roomy ? 'roomy' : 'dense'}
              onChange={(next) => setRoomy(next === 'roomy')}
              aria-label={say('shell.rows')}
              data={[
                { value: 'dense', label: say('shell.rows.dense') },
                { value: 'roomy', label: say('shell.rows.roomy') },
              ]}
            />
          </div>
          <Menu.Divider />
          {can('session.self') && (
            <>
              <Menu.Item leftSection={<IconUser size={16} />} onClick={() => go('/settings/profile')}>
                {say('shell.profile')}
              </Menu.Item>
              <Menu.Item
                leftSection={<IconShieldLock size={16} />}
                onClick={() => go('/settings/profile?part=security')}
              >
                {say('shell.security')}
              </Menu.Item>
            </>
          )}
          <Menu.Item leftSection={<IconKeyboard size={16} />} rightSection="?" onClick={onHelp}>
            {say('shell.keys')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void leave()}>
            {say('shell.sign-out')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
