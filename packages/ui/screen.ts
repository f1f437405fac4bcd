import type { Icon } from '@tabler/icons-react';
import { createContext, use, type ComponentType } from 'react';
import type { WordLoader } from './words.ts';

type Load<Props = object> = () => Promise<{ default: ComponentType<Props> }>;

/** A page with an address. Children open inside it (a panel beside a list). */
export interface ScreenPage {
  readonly path: string;
  readonly load: Load;
  readonly permission?: string;
  /** Seen by nobody signed in, and without the shell around it. */
  readonly public?: boolean;
  readonly children?: readonly ScreenPage[];
}

/**
 * An entry of the left rail, or of a place's own list when `under` names the place. Under `customer` it stands in the
 * menu of the card, and `{id}` in its path is the customer.
 */
export interface ScreenLink {
  readonly key: string;
  readonly title: string;
  readonly path: string;
  readonly icon: Icon;
  readonly order: number;
  readonly under?: string;
  readonly permission?: string;
}

export interface CustomerSlotProps {
  readonly customerId: string;
  /** Middle and first names tell Russian sentences their gender. */
  readonly name: { readonly first?: string | null; readonly middle?: string | null; readonly last?: string | null };
  readonly purchases?: unknown;
}

/** A part that a slice puts on the page of a slice below it. */
export interface ScreenSlot {
  readonly at: 'customer.vitals' | 'customer.main';
  readonly order: number;
  readonly load: Load<CustomerSlotProps>;
  readonly permission?: string;
}

export interface Found {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly path: string;
}

/** What Ctrl-K asks while one types. */
export interface Finder {
  readonly title: string;
  readonly icon: Icon;
  readonly permission: string;
  readonly find: (text: string, signal: AbortSignal) => Promise<readonly Found[]>;
}

/** What the screens of one slice bring to the console. */
export interface Screens {
  readonly name: string;
  readonly words: WordLoader;
  readonly pages: readonly ScreenPage[];
  readonly links?: readonly ScreenLink[];
  readonly slots?: readonly ScreenSlot[];
  readonly finders?: readonly Finder[];
}

export const ScreensContext = createContext<readonly Screens[]>([]);

export const useScreens = (): readonly Screens[] => use(ScreensContext);
