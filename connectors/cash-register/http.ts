/** One JSON call. Throws only when there is no answer, or none that is JSON. */
export async function call(
  url: string,
  body: unknown,
  timeoutMs: number,
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const value: unknown = await response.json();
  if (typeof value !== 'object' || value === null) throw new Error(`status ${response.status} without a body`);
  return { status: response.status, body: value as Record<string, unknown> };
}
