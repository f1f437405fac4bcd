import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'apps/console');
const dist = join(folder, 'dist');
const skipped = new Set(['dist', 'node_modules', 'data']);

/**
 * Builds the console when its sources have changed since the last build; otherwise does nothing (10 ms).
 * @returns whether it built. Throws with what the builder said.
 */
export async function buildConsole(): Promise<boolean> {
  const hash = hashSources();
  const stamp = join(dist, '.stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return false;
  // A build that was killed leaves its folder behind.
  for (const name of readdirSync(folder)) {
    if (/^dist\.(old\.)?\d+$/.test(name) && statSync(join(folder, name)).mtimeMs < Date.now() - 300_000)
      rmSync(join(folder, name), { recursive: true, force: true });
  }
  // Beside its place and then moved there: a server that runs meanwhile never serves half of it.
  const fresh = `${dist}.${process.pid}`;
  await vite(fresh);
  writeFileSync(join(fresh, '.stamp'), hash);
  const old = `${dist}.old.${process.pid}`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
  return true;
}

function hashSources(): string {
  const hash = createHash('sha256');
  const files = [
    join(root, 'package-lock.json'),
    ...walk(folder),
    ...walk(join(root, 'packages/ui')),
    ...walk(join(root, 'packages/kernel')),
  ];
  // Of a slice the console takes what is pure and what is seen; its stores and routes do not matter here.
  for (const slice of readdirSync(join(root, 'slices'))) {
    const path = join(root, 'slices', slice);
    if (!statSync(path).isDirectory()) continue;
    files.push(
      ...walk(path).filter(
        (file) => file.includes(join(slice, 'screens')) || /(contract|rules)\.ts$|\.json$/.test(file),
      ),
    );
  }
  for (const file of files)
    hash
      .update(`${file.slice(root.length)}\n`)
      .update(readFileSync(file))
      .update('\n');
  return hash.digest('hex');
}

function walk(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (skipped.has(entry.name) || entry.name.startsWith('dist.') || entry.name.includes('.test.')) return [];
      const inner = join(path, entry.name);
      return entry.isDirectory() ? walk(inner) : [inner];
    });
}

async function vite(outFolder: string): Promise<void> {
  const program = join(
    dirname(createRequire(join(folder, 'package.json')).resolve('vite/package.json')),
    'bin/vite.js',
  );
  const child = spawn(
    process.execPath,
    [program, 'build', '--configLoader', 'native', '--outDir', outFolder, '--emptyOutDir', '--logLevel', 'warn'],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return;
  rmSync(outFolder, { recursive: true, force: true });
  throw new Error(`the console could not be built:\n${said.slice(-4_000)}`);
}
