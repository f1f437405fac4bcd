/** A channel is a kind of touch point; a source is one installation of a channel. */
export const channels = [
  'web',
  'app',
  'shop',
  'pickup',
  'call',
  'mail',
  'sms',
  'push',
  'messenger',
  'social',
  'catalogue',
  'system',
] as const;

export type Channel = (typeof channels)[number];

export const isChannel = (text: string): text is Channel => (channels as readonly string[]).includes(text);
