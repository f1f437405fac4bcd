import { Problem } from '@ruslo/ui';

/** A refusal stays a refusal; only the network and a server that is not ready are asked again. */
export const retryable = (tries: number, error: Error): boolean =>
  tries < 2 && (!(error instanceof Problem) || error.status === 0 || error.status >= 502);
