import type { Slice } from '@ruslo/platform';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

/** From cart to the door, and back. */
export const order: Slice = { name: 'order', words: { ru, en } };
