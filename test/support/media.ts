import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** File systems that tests mount for real: what makes one in a file, which a loop device then stands for. */
const MAKERS = {
  FAT: ['mkfs.vfat', []],
  ext4: ['mkfs.ext4', ['-q', '-F', '-m', '0']],
} as const;
const TYPES = { FAT: 'vfat', ext4: 'ext4', tmpfs: 'tmpfs' } as const;

export type FileSystem = keyof typeof TYPES;
export const FILE_SYSTEMS = Object.keys(TYPES) as FileSystem[];

const MiB = 1024 ** 2;

/** A medium that can be put in, taken out, and torn out; root's business, on Linux. */
export class Medium {
  readonly folder: string;
  readonly #image: string;
  readonly #kind: FileSystem;
  readonly #bytes: number;

  /** @param bytes which it has, its file system's own included */
  constructor(kind: FileSystem, at: string, bytes: number) {
    this.#kind = kind;
    this.#bytes = bytes;
    this.folder = join(at, 'medium');
    this.#image = join(at, 'image');
    mkdirSync(this.folder, { recursive: true });
    if (kind === 'tmpfs') return;
    writeFileSync(this.#image, '');
    truncateSync(this.#image, bytes);
    const [maker, flags] = MAKERS[kind];
    execFileSync(maker, [...flags, this.#image], { stdio: 'pipe' });
  }

  /** @param options of mount(8) */
  insert(...options: readonly string[]): void {
    const own = this.#kind === 'tmpfs' ? [`size=${this.#bytes}`] : ['loop'];
    const source = this.#kind === 'tmpfs' ? 'none' : this.#image;
    const args = ['-t', TYPES[this.#kind], '-o', [...own, ...options].join(','), source, this.folder];
    execFileSync('mount', args, { stdio: 'pipe' });
  }

  protect(): void {
    execFileSync('mount', ['-o', 'remount,ro', this.folder]);
  }

  /** Whoever has a file open on it goes on writing, to nowhere that anybody will find. */
  pull(): void {
    execFileSync('umount', ['-l', this.folder]);
  }

  eject(): void {
    try {
      execFileSync('umount', [this.folder], { stdio: 'pipe' });
    } catch {
      // It has been pulled already.
    }
  }
}

/** Why a file system cannot be mounted on this machine; undefined where it can. */
export function whyNotMounted(kind: FileSystem): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root of Linux mounts';
  const at = mkdtempSync(join(tmpdir(), 'asa-medium-'));
  try {
    const medium = new Medium(kind, at, 16 * MiB);
    medium.insert();
    medium.eject();
    return undefined;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: Buffer };
    return (stderr?.toString().trim() || message).split('\n')[0];
  } finally {
    rmSync(at, { recursive: true });
  }
}
