import { useEffect, useRef, useSyncExternalStore } from 'react';

/** One message of the live stream: `data` is the parsed JSON. */
export interface StreamMessage {
  readonly event: string;
  readonly id: string;
  readonly data: unknown;
}

type Listener = (message: StreamMessage) => void;
export type StreamState = 'idle' | 'connecting' | 'open' | 'waiting';

/**
 * One connection for the whole tab, over the topics that mounted screens ask for.
 * fetch instead of EventSource: when topics change or the server was away, the next connection
 * must still say where the last one stopped (Last-Event-ID), which EventSource cannot.
 */
class Stream {
  readonly #listeners = new Map<Listener, string>();
  readonly #watchers = new Set<() => void>();
  #abort: AbortController | undefined;
  #lastId = '';
  #topics = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  state: StreamState = 'idle';

  listen(topic: string, listener: Listener): () => void {
    this.#listeners.set(listener, topic);
    this.#plan(20);
    return () => {
      this.#listeners.delete(listener);
      this.#plan(200);
    };
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #set(state: StreamState): void {
    if (this.state === state) return;
    this.state = state;
    for (const watcher of this.#watchers) watcher();
  }

  #plan(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const topics = [...new Set(this.#listeners.values())].toSorted().join(',');
      if (topics === this.#topics && this.#abort !== undefined) return;
      this.#abort?.abort();
      this.#abort = undefined;
      this.#topics = topics;
      if (topics === '') {
        this.#lastId = '';
        this.#set('idle');
        return;
      }
      void this.#open(topics);
    }, delayMs);
  }

  async #open(topics: string): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.#set('connecting');
    try {
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (this.#lastId !== '') headers['last-event-id'] = this.#lastId;
      const response = await fetch(`/v1/stream?topics=${encodeURIComponent(topics)}`, {
        headers,
        signal: abort.signal,
        credentials: 'same-origin',
        cache: 'no-store',
      });
      if (!response.ok || response.body === null) throw new Error(`stream ${response.status}`);
      this.#tries = 0;
      this.#set('open');
      await this.#read(response.body);
    } catch {
      if (abort.signal.aborted) return;
    }
    if (abort.signal.aborted) return;
    this.#abort = undefined;
    this.#set('waiting');
    this.#tries += 1;
    // 0.3 s, then doubling to 15 s, with chance, so that a thousand tabs do not come back at once.
    this.#plan(Math.min(15_000, 300 * 2 ** Math.min(this.#tries - 1, 6)) * (0.7 + Math.random() * 0.6));
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true }).replaceAll('\r', '');
      const blocks = rest.split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    }
  }

  #take(block: string): void {
    let event = 'message';
    let id = '';
    const data: string[] = [];
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':');
      if (colon <= 0) continue;
      const field = line.slice(0, colon);
      const value = line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') event = value;
      else if (field === 'id') id = value;
      else if (field === 'data') data.push(value);
    }
    if (id !== '') this.#lastId = id;
    if (data.length === 0) return;
    let parsed: unknown;
    try {
      parsed = JSON.parse(data.join('\n'));
    } catch {
      return;
    }
    const topic = typeof parsed === 'object' && parsed !== null && 'topic' in parsed ? parsed.topic : undefined;
    for (const [listener, wanted] of [...this.#listeners]) {
      // What names no topic (ready, reset) is for everybody.
      if (topic === undefined || topic === wanted) listener({ event, id, data: parsed });
    }
  }
}

const stream = new Stream();

/** Hears the live stream while mounted. An undefined topic hears nothing. */
export function useStream(topic: string | undefined, listener: Listener): void {
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => {
    if (topic === undefined) return undefined;
    return stream.listen(topic, (message) => latest.current(message));
  }, [topic]);
}

/** Whether the live connection stands. */
export function useStreamState(): StreamState {
  return useSyncExternalStore(
    (watcher) => stream.watch(watcher),
    () => stream.state,
  );
}
