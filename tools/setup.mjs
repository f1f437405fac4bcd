// Runs before `npm start`, `npm test` and the others, on whatever Node the machine has (20 or newer): installs the
// packages when package-lock.json has changed since the last time. The scripts themselves then run on the pinned Node
// of devDependencies, because npm puts node_modules/.bin before everything else in PATH.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.ruslo-lock');
const lock = join(root, '.cache', 'setup.lock');

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`Ruslo needs Node 20 or newer to install itself; this is ${process.version}.`);
  process.exit(1);
}
if (!installed()) {
  takeLock();
  try {
    // Another start may have done it while we waited.
    if (!installed()) install();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** What the installed packages depend on. */
function wanted() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  return hash.update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
}

function installed() {
  return (
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === wanted() &&
    existsSync(join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node'))
  );
}

function install() {
  console.log('Installing packages (once, and again when package-lock.json changes)…');
  const npm = process.env['npm_execpath'];
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel', 'error'];
  const [command, ...rest] = npm === undefined ? ['npm', ...args] : [process.execPath, npm, ...args];
  const result = spawnSync(command, rest, {
    cwd: root,
    stdio: 'inherit',
    shell: npm === undefined && process.platform === 'win32',
  });
  if (result.status !== 0) {
    console.error('`npm ci` failed; see above. Ruslo needs nothing but the npm registry.');
    rmSync(lock, { recursive: true, force: true });
    process.exit(result.status ?? 1);
  }
  writeFileSync(stamp, wanted());
}

/** One installation at a time in one folder; the lock of a process that is gone does not count. */
function takeLock() {
  mkdirSync(dirname(lock), { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, 'pid'), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const pid = existsSync(join(lock, 'pid')) ? Number(readFileSync(join(lock, 'pid'), 'utf8')) : 0;
    if (pid > 0 && !alive(pid)) rmSync(lock, { recursive: true, force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
