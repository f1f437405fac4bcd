import { config } from 'zod';

// The content policy forbids eval, which zod would try as soon as a schema is made: the schemas come only after this.
config({ jitless: true });
const { ruleSchema } = await import('../contract.ts');

/** What is wrong with a rule, by the server's own words of it; empty when it may be sent. */
export function judge(rule: unknown): readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] {
  const judged = ruleSchema.safeParse(rule);
  return judged.success ? [] : judged.error.issues;
}
