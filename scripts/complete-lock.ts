/**
 * Adds to package-lock.json what npm leaves out when a registry mirror lacks some platform's optional packages:
 * without those entries `npm ci` refuses the lock on every machine. Run it after an `npm install`.
 */
import { readFile, writeFile } from 'node:fs/promises';

interface LockEntry {
  optionalDependencies?: Record<string, string>;
  dev?: boolean;
  [field: string]: unknown;
}

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = ['arm64', 'x64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x'];

const lock = JSON.parse(await readFile('package-lock.json', 'utf8'));
const packages: Record<string, LockEntry> = lock.packages;
for (const [path, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const at = `node_modules/${name}`;
    if (packages[at] !== undefined || packages[`${path}/${at}`] !== undefined) continue;
    packages[at] = { version, ...platformOf(name), ...(dev && { dev }), optional: true };
    process.stdout.write(`added ${name}@${version}\n`);
  }
}
const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
lock.packages = Object.fromEntries(sorted);
await writeFile('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);

/** For which machines a package is, as its name says it. */
function platformOf(name: string) {
  const words = name.split(/[-/]/);
  const os = SYSTEMS.filter(system => words.includes(system));
  const cpu = PROCESSORS.filter(processor => words.includes(processor));
  return {
    ...(cpu.length > 0 && { cpu }),
    ...(os.length > 0 && { os }),
    ...(name.includes('musl') && { libc: ['musl'] }),
  };
}
