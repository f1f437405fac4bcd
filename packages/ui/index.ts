export { Ask, FormDialog } from './ask.tsx';
export { address, api, newKey, Problem, tuneApi, type Page, type Query } from './api.ts';
export { ChannelMark, channelColor, channelIcon, channelOf, useChannelName } from './channel.tsx';
export { DayInput } from './day-input.tsx';
export { agoText, changeZone, dateText, dayKey, moneyText, numberText, useFormat } from './format.ts';
export { keysNow, useKeys, type Key } from './keys.ts';
export { useList } from './list.ts';
export { ListPage, type ListColumn } from './list-page.tsx';
export { MoneyInput } from './money-input.tsx';
export {
  Ago,
  Code,
  Empty,
  Failing,
  Figure,
  Go,
  KeyCap,
  Light,
  Listed,
  messageOf,
  PageHead,
  Part,
  tellDone,
  tellFailure,
  Wait,
} from './parts.tsx';
export { Pick } from './pick.tsx';
export { parseSearch, stringifySearch, usePlace, type Search } from './place.ts';
export { Qr } from './qr.tsx';
export { useRoomy } from './preference.ts';
export { Rows } from './rows.tsx';
export {
  ScreensContext,
  useScreens,
  type CustomerSlotProps,
  type Finder,
  type Found,
  type ScreenLink,
  type ScreenPage,
  type Screens,
  type ScreenSlot,
} from './screen.ts';
export { SearchBox } from './search-box.tsx';
export { ShareInput } from './share-input.tsx';
export { Sheet } from './sheet.tsx';
export { useCan, useSaveProfile, useSession, type Session } from './staff.ts';
export { useStream, useStreamState, type StreamMessage } from './stream.ts';
export { resolver, theme } from './theme.ts';
export {
  changeLocale,
  isLocale,
  locales,
  openWords,
  useWords,
  words,
  type Locale,
  type Say,
  type WordLoader,
} from './words.ts';
