import { screens as identity } from '@ruslo/identity/screens';
import { screens as insight } from '@ruslo/insight/screens';
import { screens as staff } from '@ruslo/staff/screens';
import { screens as timeline } from '@ruslo/timeline/screens';
import type { Screens, WordLoader } from '@ruslo/ui';

/** Whose screens the console shows. A new slice is one line here. */
export const slices: readonly Screens[] = [identity, timeline, staff, insight];

const shellWords: WordLoader = async (locale) =>
  locale === 'ru' ? (await import('./words.ru.json')).default : (await import('./words.en.json')).default;

export const wordLoaders: readonly WordLoader[] = [shellWords, ...slices.map((slice) => slice.words)];
