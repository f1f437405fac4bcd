import type { App } from '@ruslo/platform';
import { signInLink } from './member.ts';
import type { OpenHouse } from '@ruslo/platform';

/** A clock that tests move. */
export interface MovableClock {
  now(): Date;
  pass(ms: number): void;
}

export function movableClock(start = new Date()): MovableClock {
  let atMs = start.getTime();
  return {
    now: () => new Date(atMs),
    pass(ms) {
      atMs += ms;
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // The shape is the test's business: it asserts what it reads.
  readonly body: Record<string, never> & { readonly code?: string };
}

/** Somebody at a browser: keeps the cookie, sends what a page of ours would send. */
export class Visitor {
  cookie: string | undefined;
  readonly app: App;
  readonly ip: string;

  constructor(app: App, ip = '192.0.2.1') {
    this.app = app;
    this.ip = ip;
  }

  async ask(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    body?: unknown,
    headers: Record<string, string> = { 'x-ruslo': '1' },
  ): Promise<Answer> {
    const response = await this.app.inject({
      method,
      url,
      remoteAddress: this.ip,
      headers: { ...headers, ...(this.cookie !== undefined && { cookie: `ruslo_session=${this.cookie}` }) },
      ...(body !== undefined && { payload: body as object }),
    });
    const set = response.cookies.find((cookie) => cookie.name === 'ruslo_session');
    if (set !== undefined) this.cookie = set.value === '' ? undefined : set.value;
    const json = String(response.headers['content-type']).includes('json');
    return { status: response.statusCode, headers: response.headers, body: json ? response.json() : {} };
  }
}

export const tokenOf = (link: string): string => link.split('#token=')[1] ?? '';

/** The first owner, come in by the link that the start prints. */
export async function signInOwner(house: OpenHouse & { readonly app: App }, ip?: string): Promise<Visitor> {
  const owner = new Visitor(house.app, ip);
  const answer = await owner.ask('POST', '/v1/session/link', { token: tokenOf(await signInLink(house)) });
  if (answer.status !== 200) throw new Error(`the owner could not come in: ${answer.status} ${answer.body.code}`);
  return owner;
}

/** Somebody with these roles, invited by the owner and come in by the invitation. */
export async function signInAs(
  owner: Visitor,
  roles: readonly string[],
  email: string,
): Promise<Visitor & { id: string }> {
  const invited = await owner.ask('POST', '/v1/staff', { name: email, email, roles });
  if (invited.status !== 200) throw new Error(`not invited: ${invited.status} ${invited.body.code}`);
  const { id, link } = invited.body as unknown as { id: string; link: string };
  const visitor = Object.assign(new Visitor(owner.app, owner.ip), { id });
  const answer = await visitor.ask('POST', '/v1/session/link', { token: tokenOf(link) });
  if (answer.status !== 200) throw new Error(`could not come in: ${answer.status} ${answer.body.code}`);
  return visitor;
}
