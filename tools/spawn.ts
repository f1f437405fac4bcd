import { spawn } from 'node:child_process';

export interface Ended {
  /** Exit code; 1 when a signal ended the process or it could not start. */
  readonly code: number;
  /** Standard output and error, in the order they came. */
  readonly output: string;
  readonly tookMs: number;
}

/** Runs one program to its end and collects what it printed. Never throws for a program that fails. */
export async function collect(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<Ended> {
  const startedAt = performance.now();
  return await new Promise((resolve) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const end = (code: number | null): void =>
      resolve({ code: code ?? 1, output, tookMs: performance.now() - startedAt });
    child.on('error', (error) => {
      output += `${program}: ${error.message}\n`;
      end(1);
    });
    child.on('close', end);
  });
}
