import type { App, House } from '@ruslo/platform';

export function routes(_app: App, _house: House): void {}
