import { availableParallelism, cpus, totalmem } from 'node:os';

/** The value below which `share` (0 to 1) of the samples lie: nearest rank, so it is one of the samples. NaN for none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = Float64Array.from(samples).toSorted();
  const rank = Math.min(sorted.length, Math.max(1, Math.ceil(share * sorted.length)));
  return sorted[rank - 1] ?? Number.NaN;
}

export interface Summary {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export const summary = (samples: readonly number[]): Summary => ({
  count: samples.length,
  median: quantile(samples, 0.5),
  p95: quantile(samples, 0.95),
  p99: quantile(samples, 0.99),
  max: quantile(samples, 1),
});

const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`;

/** Milliseconds of many tries in one line. */
export const latencyLine = (name: string, samplesMs: readonly number[]): string => {
  const { count, median, p95, p99, max } = summary(samplesMs);
  return `${name}: median ${ms(median)}, p95 ${ms(p95)}, p99 ${ms(p99)}, max ${ms(max)} (${count} tries)`;
};

/** A rate such as `20,131 events/s`. */
export const rate = (count: number, tookMs: number, noun: string): string =>
  `${Math.round((count * 1_000) / tookMs).toLocaleString('en')} ${noun}/s`;

export interface Yardstick {
  readonly name: string;
  /** What Ruslo did, and what the bare store did with the same rows in the same run; same unit. */
  readonly ours: number;
  readonly theirs: number;
  /** The share of the yardstick that is asked for. */
  readonly least: number;
}

/** A figure means something only beside what the bare store does on the same machine in the same minute. */
export function yardstickLine({ name, ours, theirs, least }: Yardstick): string {
  const share = ours / theirs;
  return `${name}: ${share.toFixed(2)} of the bare store (asked: ${least.toFixed(2)}) ${share >= least ? 'met' : 'MISSED'}`;
}

/** Cores, processor, memory and Node of this run. Never the machine's name. */
export function machineLine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const gigabytes = Math.round(totalmem() / 1_073_741_824);
  return `${availableParallelism()} cores, ${model}, ${gigabytes} GB, Node ${process.version}, ${process.platform}`;
}
