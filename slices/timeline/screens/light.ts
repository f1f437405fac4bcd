/** How the health of a source looks. */
export const lights = { green: 'good', amber: 'warn', red: 'bad', grey: 'none' } as const;
