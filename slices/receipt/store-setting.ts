import type { Query, Tx } from '@ruslo/platform';

export async function readSetting(query: Query): Promise<{ readonly data: unknown; readonly version: number }> {
  const [row] = await query.query<{ data: unknown; version: number }>('select data, version from receipt.setting');
  if (row === undefined) throw new Error('receipt.setting has no row');
  return row;
}

/** False when somebody has changed it meanwhile. */
export async function storeSetting(tx: Tx, data: unknown, version: number, now: Date): Promise<boolean> {
  const rows = await tx.query(
    'update receipt.setting set data = $1, version = version + 1, changed_at = $3 where version = $2 returning 1',
    [JSON.stringify(data), version, now],
  );
  return rows.length === 1;
}
