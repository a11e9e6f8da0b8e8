import type { Finding } from '../../base/findings.ts';
import type { Loss } from '../../base/losses.ts';
import type { ObjectOutcome } from '../events.ts';
import type { Counts, FieldDifference, SelectionResult } from './parts.ts';

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
