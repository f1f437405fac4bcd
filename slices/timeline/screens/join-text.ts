import { useFormat, useWords } from '@ruslo/ui';
import type { River } from './model.ts';

/** Why two identities became one, in words: who, when, by what proof. */
export function useJoinText(): (join: River['joins'][number] | undefined, count: number) => string {
  const { say, has } = useWords();
  const format = useFormat();
  return (join, count) => {
    if (join === undefined) return '';
    const lines = [say('screen.timeline.join', { when: format.date(join.at, 'exact') }), byText(join['by'], say)];
    const why = join['why'];
    // A rule gives its name, a person a sentence.
    if (typeof why === 'string' && why !== '')
      lines.push(has(`screen.timeline.join.why.${why}`) ? say(`screen.timeline.join.why.${why}`) : why);
    const proof = proofText(join['evidence'], (field) => {
      const key = [`screen.identity.field.${field}`, `screen.identity.kind.${field}`].find(has);
      return key === undefined ? field : say(key);
    });
    if (proof !== '') lines.push(`${say('screen.timeline.join.proof')}: ${proof}`);
    if (count > 1) lines.push(say('screen.timeline.join.more', { count: count - 1 }));
    return lines.filter((line) => line !== '').join('\n');
  };
}

function byText(by: unknown, say: (key: string) => string): string {
  const kind = typeof by === 'object' && by !== null && 'kind' in by ? by.kind : 'rule';
  return say(
    kind === 'staff' || kind === 'key' || kind === 'linkage'
      ? `screen.timeline.join.${kind}`
      : 'screen.timeline.join.rule',
  );
}

/** Evidence is a list of fields or identifiers, or one of them. */
function proofText(evidence: unknown, nameOf: (field: string) => string): string {
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
      return [typeof field === 'string' ? nameOf(field) : field, value]
        .filter((part) => typeof part === 'string' || typeof part === 'number')
        .join(' ');
    })
    .filter((text) => text !== '')
    .slice(0, 4)
    .join(', ');
}
