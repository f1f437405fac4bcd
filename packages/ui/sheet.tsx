import type { ReactNode } from 'react';
import { Go } from './parts.tsx';
import classes from './sheet.module.css';

interface Column<T> {
  readonly title: string;
  readonly render: (row: T) => ReactNode;
  readonly align?: 'right';
  /** Left out where there is no room. */
  readonly spare?: boolean;
  readonly width?: string;
}

/** A short table: some dozens of rows, all drawn. The first cell is the link that opens the row. */
export function Sheet<T>({
  rows,
  columns,
  keyOf,
  label,
  hrefOf,
  chosen,
  off,
}: {
  rows: readonly T[];
  columns: readonly Column<T>[];
  keyOf: (row: T) => string;
  label: string;
  hrefOf?: (row: T) => string;
  chosen?: string | undefined;
  off?: (row: T) => boolean;
}): React.JSX.Element {
  return (
    <div className={classes.box}>
      <table className={classes.sheet} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.title}
                scope="col"
                data-align={column.align}
                data-spare={column.spare || undefined}
                style={column.width === undefined ? {} : { width: column.width }}
              >
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const key = keyOf(row);
            return (
              <tr
                key={key}
                data-chosen={key === chosen || undefined}
                data-off={off?.(row) || undefined}
                data-link={hrefOf === undefined ? undefined : true}
              >
                {columns.map((column, index) => (
                  <td key={column.title} data-align={column.align} data-spare={column.spare || undefined}>
                    {index === 0 && hrefOf !== undefined ? (
                      <Go to={hrefOf(row)} className={classes.link}>
                        {column.render(row)}
                      </Go>
                    ) : (
                      column.render(row)
                    )}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
