/** The nine roles of staff. What each may do is declared by the slices beside their permissions. */
export const roles = [
  'owner',
  'marketer',
  'agent',
  'associate',
  'cashier',
  'pickup',
  'analyst',
  'dpo',
  'integrator',
] as const;

/** dpo = data protection officer; pickup = pickup worker. */
export type Role = (typeof roles)[number];
