/** Kinds of sources. Apart from the contract, so that screens take the list without the schemas. */
export const sourceKinds = [
  'site',
  'app',
  'till',
  'bot',
  'call-line',
  'mail',
  'sms',
  'push',
  'social',
  'catalogue',
  'import',
  'server',
] as const;

export type SourceKind = (typeof sourceKinds)[number];
