import type { Finding } from '../base/findings.ts';
import type { Loss } from '../base/losses.ts';
import type { ObjectOutcome } from './events.ts';

/** A part of a foundation that was chosen. */
export interface SelectionResult {
  /** The flags that state it. */
  flags: string;
  /** What something chosen names and was not chosen, with some of those that name it. */
  leftOut: readonly { subject: string; usedBy: readonly string[] }[];
}

/** A field that archive and cluster have differently; a side is absent where it has no such field. */
export interface FieldDifference {
  path: string;
  /** JSON; `(secret)` for what nobody is shown. */
  archive?: unknown;
  cluster?: unknown;
}

/** Objects by kind. */
type Counts = Record<string, number>;

/** By whom an archive is signed. */
interface Signed {
  /** Fingerprint of the key, `SHA256:…`. */
  key: string;
  /** Who it is among the allowed signers, where those were given. */
  principals?: string;
}

/** Layers that an archive leaves to another one. */
export interface LeftToBase {
  /** When that one was made. */
  createdAt: string;
  /** Of its layers (docs/format.md, "Differential archives"). */
  digest: string;
  layers: number;
  bytes: number;
}

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
  seconds: number;
}

/** Something of the source that is called otherwise in the target. */
export interface UsedMap {
  /** `registry`, `pull secret`, … */
  what: string;
  from: string;
  to: string;
}

/** Rights that a binding gives in the whole cluster, or in all of CF. */
export interface Grant {
  /** `ClusterRoleBinding name`, or `RoleBinding namespace/name`. */
  binding: string;
  role: string;
  /** `User name`, `ServiceAccount namespace/name`. */
  subjects: string[];
  scope: 'cluster' | 'foundation';
  /** What the role allows, in words; none where the role is the target's own. */
  rules: string[];
  /** What is installed under one of the subjects. */
  installs: string[];
}

/** What a restore did, or with `dryRun` would do. */
export interface RestoreResult {
  context: string;
  dryRun: boolean;
  /** By kind and outcome; an outcome that did not occur may be absent. */
  objects: Record<string, Partial<Record<ObjectOutcome, number>>>;
  /** Blobs by how they came to the registry, and the bytes of those that moved. */
  images: { moved: number; present: number; mounted: number; bytes: number };
  waves: { kinds: string[]; objects: number }[];
  /** Absent when all of the archive was meant. */
  selection?: SelectionResult;
  /** By what names of the source were replaced. */
  maps: UsedMap[];
  /** Rights that the archive's objects give beyond a namespace. */
  grants: Grant[];
  /** Objects of the cluster in which something was left as it is, with the fields that differ. */
  differs: { subject: string; paths: string[]; fields: readonly FieldDifference[] }[];
  /** Objects that changed while the backup was made. */
  drift?: readonly string[];
  losses: Loss[];
  /** What the checks before the first write found. */
  findings: readonly Finding[];
  notes: string[];
  /** Where it is noted what was written. */
  journal?: string;
  seconds: number;
}

/** What came of a restore that was only rehearsed. */
export interface RehearseResult {
  file: string;
  restore: RestoreResult;
  /** What is wrong with the restored foundation, or was done to it that a restore must not cause. */
  problems: string[];
  /** What a real restore has to move and to make, and how long making it took here. */
  estimate: { bytes: number; objects: number; applySeconds: number };
  seconds: number;
}

/** An object, and what people call it where that is not its name. */
export interface NamedObject {
  /** `Kind namespace/name` */
  subject: string;
  name?: string;
}

/** What an archive and a live foundation have differently. */
export interface DiffResult {
  file: string;
  context: string;
  /** In the archive only. */
  missing: NamedObject[];
  /** In the cluster only, of what an export would take. */
  extra: NamedObject[];
  different: (NamedObject & { fields: readonly FieldDifference[] })[];
  /** Images that are not where the restored objects look for them. */
  images: { reference: string; at: string }[];
  /** Objects on both sides that are the same. */
  same: number;
  /** What no restore brings back, and why; that it is not in the cluster is no difference. */
  leftOut: { subject: string; reason: string }[];
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
  /** What the export already knew to be missing. */
  /** Objects that changed while the backup was made. */
  drift?: readonly string[];
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

/** What a live foundation is made of, each by name. */
export interface ListResult {
  /** Name of the kubeconfig's context. */
  context: string;
  server: string;
  orgs: readonly {
    name: string;
    guid: string;
    spaces: readonly {
      name: string;
      guid: string;
      /** `STARTED` or `STOPPED`, as their users want them. */
      apps: readonly { name: string; guid: string; state: string }[];
    }[];
  }[];
  packages: readonly { namespace: string; name: string; package: string; version?: string }[];
}

/** Restores by their journals, oldest first. */
export interface JournalsResult {
  folder: string;
  journals: {
    path: string;
    /** RFC 3339. */
    startedAt: string;
    state: string;
    context: string;
    server: string;
    archive: string;
    archiveDigest: string;
    /** Objects that the restore made. */
    made: number;
    /** The restore as one command line, without credentials. */
    command: string;
  }[];
}

/** What an undo took back, or with `dryRun` would. */
export interface UndoResult {
  context: string;
  journal: string;
  dryRun: boolean;
  /** By kind. */
  removed: Counts;
  /** Objects of the restore that were gone before. */
  gone: number;
  /** Manifests and tags of the registries, with `--images`. */
  images: { removed: number };
  /** What is still there, and why. */
  losses: Loss[];
  notes: string[];
  seconds: number;
}
