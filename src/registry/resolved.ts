import type { Digest } from '../base/digest.ts';
import type { Descriptor } from './descriptor.ts';
import type { Reference, Repository } from './reference.ts';
import type { Manifest } from './registry.ts';

/** An image with everything that it is made of, all of it known to be there. */
export interface ResolvedImage extends ResolvedContent {
  readonly reference: Reference;
  /** The reference as it was asked for. */
  readonly text: string;
}

/** A root image, with what is attached to it and to the images of its bundle. */
export interface WholeImage extends ResolvedImage {
  readonly attached: AttachedSet;
}

/** All that an image or artifact of a registry is made of. */
export interface ResolvedContent {
  /** What the reference points at: a manifest or an index. */
  readonly root: Descriptor;
  /** Where the content lies: for an image of a bundle the bundle's repository, or else the locked one. */
  readonly repository: Repository;
  /** Children before their parents, the root last, each once. */
  readonly manifests: readonly Manifest[];
  /** Small blobs that were read: configs, and content that stands in a manifest. */
  readonly configs: readonly { readonly descriptor: Descriptor; readonly bytes: Buffer }[];
  /** All other blobs, of all platforms, each once. Foreign layers are among them only when they were asked for. */
  readonly layers: readonly Descriptor[];
  /** Foreign layers that were asked for and are nowhere. */
  readonly unavailable: readonly { readonly digest: Digest; readonly reason: string }[];
  /** Set for an imgpkg bundle. */
  readonly bundle?: ResolvedBundle;
}

/** The images of an imgpkg bundle. */
export interface ResolvedBundle {
  /** The images of the lock, by the references in it. */
  readonly images: readonly {
    readonly locked: string;
    readonly isBundle: boolean;
    readonly image: ResolvedImage;
  }[];
  /** Images of the lock that are neither in the bundle's repository nor where the lock says. */
  readonly missing: readonly { readonly locked: string; readonly reason: string }[];
  /** Images of the bundle, with those of bundles in it as often as these are named. */
  readonly count: number;
  /** Images of the lock that were not wanted. */
  readonly leftOut: readonly string[];
}

/** A signature, an attestation, an SBOM: an image of its own that belongs to another manifest of its repository. */
export interface Attached {
  /** The manifest that it belongs to: an image's root, one of its platforms, or another attached artifact. */
  readonly subject: Digest;
  /** The tag by which it is found; without one it names its subject itself. */
  readonly tag?: string;
  readonly content: ResolvedContent;
}

/** What is attached to an image and, in turn, to that; subjects before what is attached to them. */
export interface AttachedSet {
  readonly found: readonly Attached[];
  readonly lacking: readonly {
    readonly what: string;
    readonly reason: string;
    readonly isMissing: boolean;
  }[];
}
