import { useFormat, useWords } from '@ruslo/ui';
import type { River } from './model.ts';

/** Why two identities became one, in words: who, when, by what proof. */
export function useJoinText(): (join: River['joins'][number] | undefined, count: number) => string {
  const { say } = useWords();
  const format = useFormat();
  return (join, count) => {
    if (join === undefined) return '';
    const lines = [say('screen.timeline.join', { when: format.date(join.at, 'exact') }), byText(join['by'], say)];
    const why = join['why'];
    if (typeof why === 'string' && why !== '') lines.push(why);
    const proof = proofText(join['evidence']);
    if (proof !== '') lines.push(`${say('screen.timeline.join.proof')}: ${proof}`);
    if (count > 1) lines.push(say('screen.timeline.join.more', { count: count - 1 }));
    return lines.filter((line) => line !== '').join('\n');
  };
}

function byText(by: unknown, say: (key: string) => string): string {
  if (typeof by === 'object' && by !== null && 'name' in by && typeof by.name === 'string') return by.name;
  if (typeof by === 'string' && by !== 'rule' && by !== 'system') return by;
  return say('screen.timeline.join.rule');
}

/** Evidence is a list of fields or identifiers, or one of them. */
function proofText(evidence: unknown): string {
  const list: unknown[] = Array.isArray(evidence)
    ? evidence
    : evidence === null || evidence === undefined
      ? []
      : [evidence];
  return list
    .map((each) => {
      if (typeof each === 'string') return each;
      if (typeof each !== 'object' || each === null) return '';
      const fields = each as Record<string, unknown>;
      const field = fields['kind'] ?? fields['field'];
      const value = fields['value'] ?? fields['a'];
      return [field, value].filter((part) => typeof part === 'string' || typeof part === 'number').join(' ');
    })
    .filter((text) => text !== '')
    .slice(0, 4)
    .join(', ');
}
