/** Hears a stream of server-sent events, for tests. */
export interface Heard {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Listening {
  readonly events: readonly Heard[];
  readonly lastId: string | undefined;
  /** The first event that fits and was not returned before. */
  until(fits: (event: Heard) => boolean): Promise<Heard>;
  readonly ended: Promise<void>;
  close(): void;
}

export async function listen(url: string, headers: Readonly<Record<string, string>>): Promise<Listening> {
  const controller = new AbortController();
  const response = await fetch(url, { headers, signal: controller.signal });
  if (!response.ok || response.body === null) throw new Error(`the stream was refused with ${response.status}`);
  const { body } = response;
  const events: Heard[] = [];
  const returned = new Set<Heard>();
  let wake = (): void => undefined;
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const chunk of body) {
        rest += decoder.decode(chunk, { stream: true });
        const frames = rest.split('\n\n');
        rest = frames.pop() ?? '';
        for (const text of frames) {
          const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1];
          const event = field('event');
          if (event !== undefined)
            events.push({ event, id: field('id'), data: JSON.parse(field('data') ?? '{}') as Record<string, unknown> });
        }
        wake();
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
  };
  const ended = read().catch(() => undefined);
  return {
    events,
    ended,
    get lastId() {
      return events.findLast((event) => event.id !== undefined)?.id;
    },
    async until(fits) {
      const deadline = Date.now() + 10_000;
      for (;;) {
        const found = events.find((event) => !returned.has(event) && fits(event));
        if (found !== undefined) {
          returned.add(found);
          return found;
        }
        if (Date.now() > deadline)
          throw new Error(
            `not heard within 10 s; heard ${events.map((event) => `${event.event} ${String(event.data['name'] ?? '')}`).join(', ')}`,
          );
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, 200);
        });
      }
    },
    close() {
      controller.abort();
    },
  };
}
