/** A progress line: how much of the whole, how fast, how long still. On a terminal one line that moves, else a line every ten seconds. */
export type Progress = {
  /** @param done of `total`, in the same unit (bytes or rows); `rows` is what the rate counts. */
  show(done: number, rows: number): void;
  end(): void;
};

export type Output = { isTTY?: boolean; write(text: string): unknown };

/** @param from rows that an earlier run had done: they are shown, but did not take any of this run's time. */
export function openProgress(label: string, total: number, output: Output = process.stderr, from = 0): Progress {
  const began = performance.now();
  // The first line soon, for who waits; then rarely, where lines pile up in a file.
  let shownAt = output.isTTY === true ? -Infinity : began - 8_000;
  const every = output.isTTY === true ? 100 : 10_000;
  let latest: readonly [number, number] = [0, from];
  const print = (): void => {
    const [done, rows] = latest;
    const text = `${label} ${describe(done, total, rows - from, rows, (performance.now() - began) / 1000)}`;
    output.write(output.isTTY === true ? `\r${text}\u001b[K` : `${text}\n`);
  };
  return {
    show(done, rows) {
      latest = [done, rows];
      if (performance.now() - shownAt < every) return;
      shownAt = performance.now();
      print();
    },
    end() {
      print();
      if (output.isTTY === true) output.write('\n');
    },
  };
}

/** "[#####.....] 52 %  39,000 rows  12,400/s  0:03 left" */
export function describe(done: number, total: number, newRows: number, rows: number, seconds: number): string {
  const share = total <= 0 ? 1 : Math.min(1, done / total);
  const bar = '#'.repeat(Math.round(share * 20)).padEnd(20, '.');
  const rate = seconds > 0 ? newRows / seconds : 0;
  const left = share > 0 && share < 1 && seconds > 1 ? `  ${duration((seconds / share) * (1 - share))} left` : '';
  return `[${bar}] ${Math.floor(share * 100)} %  ${thousands(rows)} rows  ${thousands(Math.round(rate))}/s${left}`;
}

export const thousands = (value: number): string => String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');

export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
