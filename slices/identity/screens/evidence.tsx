import { useFormat, useWords } from '@ruslo/ui';
import { IconCheck, IconEqualNot, IconTilde } from '@tabler/icons-react';
import type { Evidence } from './model.ts';
import { identifierText } from './model.ts';
import { useKindName } from './identifier-part.tsx';
import classes from './part.module.css';

const marks = { agree: IconCheck, similar: IconTilde, differ: IconEqualNot };

/** What speaks for and against two being one person, field by field. */
export function EvidenceTable({
  evidence,
  a,
  b,
}: {
  evidence: readonly Evidence[];
  a: string;
  b: string;
}): React.JSX.Element {
  const { say, has } = useWords();
  const format = useFormat();
  const kindName = useKindName();
  const fieldName = (field: string): string =>
    has(`screen.identity.field.${field}`) ? say(`screen.identity.field.${field}`) : kindName(field);
  const valueText = (field: string, value: string | null | undefined): string =>
    value === null || value === undefined || value === '' ? '—' : identifierText(field, value);
  return (
    <div className={classes.wide}>
      <table className={classes.evidence}>
        <thead>
          <tr>
            <th scope="col">{say('screen.identity.evidence.field')}</th>
            <th scope="col">{a}</th>
            <th scope="col">{b}</th>
            <th scope="col">{say('screen.identity.evidence.verdict')}</th>
            <th scope="col" className={classes.weight}>
              {say('screen.identity.evidence.weight')}
            </th>
          </tr>
        </thead>
        <tbody>
          {evidence.map((each) => {
            const Mark = marks[each.verdict];
            return (
              <tr key={each.field}>
                <td>{fieldName(each.field)}</td>
                <td>{valueText(each.field, each.a)}</td>
                <td>{valueText(each.field, each.b)}</td>
                <td>
                  <span className={classes.verdict} data-verdict={each.verdict}>
                    <Mark size={14} aria-hidden />
                    {say(`screen.identity.verdict.${each.verdict}`)}
                  </span>
                </td>
                <td className={classes.weight}>
                  {each.weight === undefined
                    ? ''
                    : `${each.weight > 0 ? '+' : ''}${format.number(Math.round(each.weight * 10) / 10)}`}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
