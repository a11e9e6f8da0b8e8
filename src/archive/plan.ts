import type { Digest } from '../base/digest.ts';
import type { Loss } from '../base/losses.ts';

/** The version of the archive format that every reader knows; see docs/format.md, "Versions". */
export const FORMAT_VERSION = 1;
/**
 * The version of archives that are signed, redacted or differential: readers of the first one would stumble over the
 * signature, restore what is redacted, and look for layers that are not there.
 */
export const SECOND_VERSION = 2;
/** What `formatVersion` may be. */
export const FORMAT_VERSIONS = [FORMAT_VERSION, SECOND_VERSION] as const;

/** The lowest version that says what an archive has to say. */
export function versionOf({ redacted, base }: Pick<Plan, 'redacted' | 'base'>, signed: boolean): number {
  return signed || redacted || base ? SECOND_VERSION : FORMAT_VERSION;
}

/** The media types of what is the archive's own (docs/format.md). */
export const ARCHIVE_MEDIA = {
  /** `artifactType` of the backup's own manifest. */
  backup: 'application/vnd.asa-backup.v1',
  /** The plan, config of the backup's manifest. */
  plan: 'application/vnd.asa-backup.plan.v1+json',
  /** JSON lines, one object each, zstd. */
  resources: 'application/vnd.asa-backup.resources.v1.jsonl+zstd',
  /** The same, encrypted with age. */
  sealedResources: 'application/vnd.asa-backup.resources.v1.jsonl+zstd+age',
  /** An age identity (a text file), encrypted with age to a passphrase. */
  key: 'application/vnd.asa-backup.key.v1+age',
} as const;

/**
 * All that a reader must know before the first layer passes: written before the layers, verified against the seal.
 * Serialised as JSON in exactly this order of keys, so that equal plans are equal bytes.
 */
export interface Plan {
  formatVersion: number;
  /** RFC 3339, UTC; the one thing that differs between two backups of the same state. */
  createdAt: string;
  tool: { name: string; version: string };
  source: SourceFacts;
  /** What was chosen of the foundation; absent when all of it was. */
  selection?: RecordedSelection;
  /** It is a copy for others to see, without secrets and images; never restored. */
  redacted?: true;
  /** The archive that some layers were left to; absent when all of them are inside. */
  base?: BaseName;
  secrets: SecretsProtection;
  /** Blobs of one kind stand together, and are numbered in their titles. */
  resources: ResourceBlob[];
  images: PlannedImage[];
  /** In the order in which they stand in the tar, those that were left to the base in their place. */
  layers: PlannedLayer[];
  losses: Loss[];
}

/** Which archive a differential one was made against: that one, or any copy of it that has the same layers. */
export interface BaseName {
  /** When that backup was made. */
  createdAt: string;
  /** Of its layers, those that it left to its own base included ({@link layersDigest}). */
  layers: Digest;
}

/** What the foundation said of itself; a fact that could not be had is absent. */
export interface SourceFacts {
  kubernetesVersion?: string;
  korifi?: KorifiFacts;
  /** Kinds of the catalog that the cluster does not serve. */
  absentKinds: string[];
}

/** How Korifi was configured where the backup was made. */
export interface KorifiFacts {
  version?: string;
  rootNamespace: string;
  containerRepositoryPrefix?: string;
  containerRegistrySecretNames: string[];
  maxRetainedBuildsPerApp?: number;
  maxRetainedPackagesPerApp?: number;
  /** The domain on which apps get a route when nobody says another one. */
  defaultDomain?: string;
  /** Every CFDomain by the name of its object, sorted: also those that installations make and that are not kept. */
  domains?: { object: string; name: string }[];
}

/**
 * A part of a foundation, as a person states it; what is absent says nothing. Orgs, spaces and apps are names or GUIDs,
 * with `*` and `?`, from the top or not: `shop`, `dev/shop`, `acme/dev/shop`.
 */
export interface Selection {
  orgs?: string[];
  spaces?: string[];
  apps?: string[];
  namespaces?: string[];
  /** A label selector of Kubernetes. */
  labels?: string;
  /** Kinds as in {@link ResourceBlob}, `kind.group`: only those are chosen, and what they need comes along. */
  include?: string[];
  /** Kinds that stay out whoever needs them. */
  exclude?: string[];
  /** Whether what installs the foundation comes along; absent: where nothing else is chosen. */
  installation?: boolean;
  /** Absent: they come along. */
  images?: false;
  /** `current`: of each app only the droplet that it runs; absent: every one. */
  droplets?: 'current';
  /** Whether builds without a droplet come along, and packages that no build here was made from; absent: they do. */
  history?: false;
}

/** A selection, and what it left out although something in it names it. */
export interface RecordedSelection extends Selection {
  leftOut: LeftOut[];
}

/** Something that the part names and that stays behind. */
export interface LeftOut {
  /** `Kind namespace/name` */
  subject: string;
  /** Some of the objects that name it, and how many there are. */
  usedBy: string[];
  users: number;
}

/** How the blobs of Secrets are kept. */
export type SecretsProtection = { kind: 'plaintext' } | AgeProtection;

/** Encrypted with age, to recipients or, by way of a key that is itself encrypted, to a passphrase. */
export interface AgeProtection {
  kind: 'age';
  /** Public keys, as they were given; none when it was a passphrase. */
  recipients: string[];
  /** The identity that opens the blobs, encrypted to the passphrase. */
  key?: KeyBlob;
}

/** The blob with a passphrase's key. */
export interface KeyBlob {
  digest: Digest;
  size: number;
}

/** One blob of objects of one kind. */
export interface ResourceBlob {
  digest: Digest;
  /** Bytes in the tar. */
  size: number;
  mediaType: string;
  /** File name as `oras pull` gives it: `resources/CFApp.korifi.cloudfoundry.org-000.jsonl.zst`. */
  title: string;
  group: string;
  kind: string;
  /** The API version in which the objects stand. */
  version: string;
  objects: number;
}

/** An image that the archive brings back, or an artifact that is attached to one. */
export interface PlannedImage {
  /** As the resources state it: with its tag or digest, or without either. */
  reference: string;
  /** The same with registry and repository spelled out and without tag or digest: where its content came from. */
  repository: string;
  /** What it pointed at. */
  digest: Digest;
  mediaType: string;
  /** Bytes of all its manifests, configs and layers, shared ones included. */
  size: number;
  /**
   * Objects that name it, `Kind namespace/name`; for an image of a bundle, the bundle's reference; for what is
   * attached to an image, the image's.
   */
  usedBy: string[];
  /** An imgpkg bundle: the references of its lock, as the lock has them, by what they resolved to. */
  bundle?: {
    images: { locked: string; digest: Digest; isBundle: boolean }[];
    /** References of the lock that were left out on purpose: packages of a repository that are not installed. */
    leftOut?: string[];
  };
  /**
   * Set on an image that is here only as part of a bundle: the bundle's digest. Its content belongs to the bundle's
   * repository.
   */
  partOf?: Digest;
  /**
   * Set on an artifact that is here because it is attached to a manifest of this digest in the same repository
   * (cosign, OCI 1.1 referrers): of an image's, or of another artifact's that stands before this one. It goes where
   * that goes.
   */
  attachedTo?: Digest;
  /** The tag by which an attached artifact is found; without one it names its subject itself. */
  tag?: string;
}

/** A layer, which stands in the archive once however many images share it. Its size is in bytes. */
export interface PlannedLayer {
  digest: Digest;
  size: number;
  /** Repositories (as in {@link PlannedImage.repository}) whose images have it, sorted. */
  repositories: string[];
  /** It is not in this archive but in its base, or where that one says. */
  inBase?: true;
}
