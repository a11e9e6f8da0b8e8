import type { Loss } from '../../base/losses.ts';
import type { Counts, LeftToBase, SelectionResult, Signed } from './parts.ts';

/** What an export made. Sizes are bytes, times RFC 3339 or seconds. */
export interface ExportResult {
  /** Where the archive is; `-` for standard output. */
  file: string;
  bytes: number;
  createdAt: string;
  secrets: 'age' | 'plaintext' | 'redacted';
  signature?: Signed;
  objects: Counts;
  /** Absent when nothing was left out. */
  selection?: SelectionResult;
  /**
   * `bytes` and `layers` count each layer once, however many images share it; `attached` counts signatures and other
   * artifacts that belong to the images.
   */
  images: { count: number; attached: number; bytes: number; layers: number };
  /** Of these layers, those that are in the base; absent when all are inside. */
  base?: LeftToBase;
  /** Objects that changed while the backup was made: the archive has them as they were when they were listed. */
  drift?: readonly string[];
  losses: Loss[];
  notes: string[];
  /** The files that the archive was cut into, in order; empty when it is in one. */
  parts: string[];
  /** Where it was read back from and found right: the medium, or what the system had in memory of it. */
  readBack?: 'medium' | 'cache';
  seconds: number;
}

/** What cutting an archive made. */
export interface SplitResult {
  file: string;
  /** Of the archive. */
  bytes: number;
  /** The parts' files, in order. */
  parts: string[];
  notes: string[];
  seconds: number;
}

/** The archive that parts made. */
export interface JoinResult {
  /** `-` for standard output. */
  file: string;
  bytes: number;
  seconds: number;
}

/** An archive that was made of another one. */
export interface RewriteResult {
  /** `-` for standard output. */
  file: string;
  bytes: number;
  secrets: 'age' | 'plaintext' | 'redacted';
  signature?: Signed;
  /** The other one was signed, and this one is not. */
  unsigned: boolean;
  losses: Loss[];
  seconds: number;
}

/** What could be made of a damaged archive. */
export interface RepairResult {
  /** `-` for standard output. */
  file: string;
  bytes: number;
  /** What it lacks because of the damage, by image and by resource blob. */
  lost: Loss[];
  /** What the damaged archive lacked before. */
  losses: Loss[];
  notes: string[];
  signature?: Signed;
  seconds: number;
}

/** What a verification found right; damage is a `Failure` and `missing` ends with exit code 4. */
export interface VerifyResult {
  file: string;
  bytes: number;
  createdAt: string;
  entries: number;
  objects: number;
  signature?: Signed;
  images: { count: number; layers: number };
  /** Layers that were left to a base; absent when all are inside. */
  base?: LeftToBase & {
    /** Archives in which they were found right. */
    files: string[];
    /** How many could not be checked, since no archive with them was given. */
    unchecked: number;
  };
  /** Images that a resource names and that are not inside, although the archive does not list them as lost. */
  missing: { reference: string; usedBy: string[] }[];
  /** Objects that changed while the backup was made. */
  drift?: readonly string[];
  /** What the export already knew to be missing. */
  losses: Loss[];
  seconds: number;
}

/** What is in an archive, read without its layers. */
export interface InspectResult {
  file: string;
  bytes: number;
  /** Whether every digest of what is inside was checked, as of a pipe, or only head and seal, and the length. */
  checked: 'all' | 'presence';
  formatVersion: number;
  createdAt: string;
  tool: string;
  secrets: 'age' | 'plaintext' | 'redacted';
  signature?: Signed;
  source: { kubernetes?: string; korifi?: string; rootNamespace?: string; registryPrefix?: string };
  orgs: { name: string; spaces: { name: string; apps: string[] }[] }[];
  packages: { name: string; version?: string }[];
  objects: Counts;
  /** Absent when the archive is of a whole foundation. */
  selection?: SelectionResult;
  images: { reference: string; bytes: number; usedBy: string[] }[];
  /** Signatures and other artifacts that belong to the images; they are not among these. */
  attached: { count: number; bytes: number };
  /** Images of package repositories that an export left out on purpose, since they are not installed. */
  packagesLeftOut: string[];
  /** Bytes of all layers, each counted once. */
  layerBytes: number;
  /** Layers that are not inside but in another archive; absent when all are inside. */
  base?: LeftToBase;
  absentKinds: string[];
  losses: Loss[];
}

/** What is in an OCI image layout that another program made: images without a foundation. Sizes are bytes. */
export interface LayoutResult {
  holds: 'oci-image-layout';
  file: string;
  bytes: number;
  /** Whether every digest was checked, or only that everything is there, of its size. */
  checked: 'all' | 'presence';
  /** `bytes` of all that an image is made of, everything once. */
  images: readonly {
    name?: string;
    digest: string;
    mediaType: string;
    platforms: readonly string[];
    bytes: number;
  }[];
  blobs: number;
  blobBytes: number;
  /** Blobs that no image is made of. */
  strays: number;
}
