export type Field =
  | 'first'
  | 'middle'
  | 'last'
  | 'birthDate'
  | 'birthYear'
  | 'phone'
  | 'email'
  | 'card'
  | 'city'
  | 'address';

/** The levels of each field, best first. The pattern of a pair holds the index of its level, or -1 where one side is empty. */
export const levels = {
  first: ['same', 'variant', 'similar', 'initial', 'differ'],
  middle: ['same', 'similar', 'initial', 'differ'],
  last: ['same', 'similar', 'initial', 'married', 'differ'],
  birthDate: ['same', 'swapped', 'near', 'differ'],
  birthYear: ['same', 'differ'],
  phone: ['same', 'near', 'differ'],
  email: ['same', 'near', 'differ'],
  card: ['same', 'differ'],
  city: ['same', 'differ'],
  address: ['same', 'near', 'differ'],
} as const satisfies Record<Field, readonly string[]>;

export const fields = Object.keys(levels) as Field[];

/** Chances of each level among pairs of one person, of one household and of strangers, and how many there are of them. */
export type Model = {
  person: Readonly<Record<Field, readonly number[]>>;
  household: Readonly<Record<Field, readonly number[]>>;
  stranger: Readonly<Record<Field, readonly number[]>>;
  /** How many other records of the same person, and of the same household, one record has on average. */
  personPartners: number;
  householdPartners: number;
};

/**
 * Learned by `train` (linkage-train.ts) without true labels on 21,813 synthetic Russian customer records of six channels.
 * `npm run ruslo -- linkage FILE --train` learns it again from any file of records and prints it in this form.
 * On pairs inside the final clusters: docs/adr/0004-linkage.md.
 */
export const model: Model = {
  person: {
    first: [0.86428, 0.07821, 0.04758, 0.00497, 0.00497],
    middle: [0.9303, 0.05977, 0.00496, 0.00496],
    last: [0.90902, 0.06637, 0.00495, 0.0147, 0.00495],
    birthDate: [0.93804, 0.05202, 0.00497, 0.00497],
    birthYear: [0.8687, 0.1313],
    phone: [0.83219, 0.00857, 0.15923],
    email: [0.88058, 0.11443, 0.00499],
    card: [0.99501, 0.00499],
    city: [0.97067, 0.02933],
    address: [0.81228, 0.0776, 0.11013],
  },
  household: {
    first: [0.00495, 0.00495, 0.00495, 0.00495, 0.98019],
    middle: [0.00496, 0.00496, 0.00496, 0.98512],
    last: [0.95823, 0.02692, 0.00495, 0.00495, 0.00495],
    birthDate: [0.00494, 0.00494, 0.00494, 0.98517],
    birthYear: [0.13238, 0.86762],
    phone: [0.34192, 0.00498, 0.6531],
    email: [0.00497, 0.00497, 0.99006],
    card: [0.00498, 0.99502],
    city: [0.97087, 0.02913],
    address: [0.95015, 0.0395, 0.01036],
  },
  stranger: {
    first: [0.004, 0.0007654, 0.0005703, 0.0005, 0.9947],
    middle: [0.004968, 0.006964, 0.0005, 0.9881],
    last: [0.002402, 0.003615, 0.0005, 0.251, 0.743],
    birthDate: [0.00005, 0.00005, 0.001, 0.9989],
    birthYear: [0.01642, 0.9836],
    phone: [0.000001, 0.000001, 0.999998],
    email: [0.000001, 0.00002, 0.99998],
    card: [1e-7, 0.9999999],
    city: [0.001988, 0.998],
    address: [0.000001, 0.00001, 0.99999],
  },
  personPartners: 2.08,
  householdPartners: 0.79,
};
