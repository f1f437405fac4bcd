import {
  IconAffiliate,
  IconBook2,
  IconBuildingStore,
  IconDeviceMobile,
  IconMail,
  IconMessage2,
  IconMessageCircle,
  IconBellRinging,
  IconPackage,
  IconPhone,
  IconServer2,
  IconWorld,
  type Icon,
} from '@tabler/icons-react';
import type { Channel } from '@ruslo/kernel';
import { useWords } from './words.ts';
import classes from './channel.module.css';

const icons: Record<Channel, Icon> = {
  web: IconWorld,
  app: IconDeviceMobile,
  shop: IconBuildingStore,
  pickup: IconPackage,
  call: IconPhone,
  mail: IconMail,
  sms: IconMessage2,
  push: IconBellRinging,
  messenger: IconMessageCircle,
  social: IconAffiliate,
  catalogue: IconBook2,
  system: IconServer2,
};

export const channelOf = (text: string | null | undefined): Channel =>
  text !== null && text !== undefined && text in icons ? (text as Channel) : 'system';

/** The colour of a channel, the same everywhere; follows the theme. */
export const channelColor = (channel: string): string => `var(--channel-${channelOf(channel)})`;

export const channelIcon = (channel: string): Icon => icons[channelOf(channel)];

/** The mark of a channel: its icon on its colour. The name is for eyes (hover) and for screen readers. */
export function ChannelMark({
  channel,
  size = 20,
  label = true,
}: {
  channel: string;
  size?: number;
  label?: boolean;
}): React.JSX.Element {
  const { say } = useWords();
  const known = channelOf(channel);
  const Mark = icons[known];
  const name = say(`channel.${known}`);
  return (
    <span
      className={classes.mark}
      style={{ width: size, height: size, color: channelColor(known) }}
      {...(label ? { role: 'img', 'aria-label': name, title: name } : { 'aria-hidden': true })}
    >
      <Mark size={Math.round(size * 0.7)} stroke={1.8} aria-hidden />
    </span>
  );
}

export const useChannelName = (): ((channel: string) => string) => {
  const { say } = useWords();
  return (channel) => say(`channel.${channelOf(channel)}`);
};
