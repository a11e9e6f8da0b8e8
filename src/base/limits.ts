/**
 * Every bound on memory and on what an untrusted archive or server may ask of us, in one place.
 * Sizes are bytes unless the name says otherwise.
 */
const KiB = 1024;
const MiB = 1024 * KiB;

/** Objects a page when listing: beyond 500 nothing is gained (measured), and memory is a page a stream. */
export const LIST_PAGE_OBJECTS = 500;
/** Kinds listed side by side: more than four streams gain nothing on one API server (measured). */
export const LIST_STREAMS = 4;
/** JSON in one resource blob before it is compressed: beyond that it hardly becomes smaller. */
export const RESOURCE_BLOB_JSON = MiB;
/**
 * The same of secrets, each blob of which is encrypted with a key of its own, which costs a millisecond; twenty for a
 * hybrid one before Node.js 24.7. Larger ones cost zstd more than that.
 */
export const SEALED_BLOB_JSON = 4 * MiB;
/** What one resource blob may inflate to: the JSON bound and the one object that crossed it (etcd: 1.5 MiB, 8 at most). */
export const RESOURCE_BLOB_INFLATED = 16 * MiB;
/**
 * Resource blobs held inflated during a restore. Each of APPLY_IN_FLIGHT objects may be from another one, but seldom is;
 * to inflate one again costs less than the write of its object.
 */
export const INFLATED_BLOBS_BYTES = 10 * MiB;
/**
 * Compressed resources that an export keeps in memory until its plan is known: those of some 4,000 objects; what more
 * there is waits in a file beside the archive.
 */
export const SPOOL_HELD_BYTES = 2 * MiB;
/** A manifest, index or image config. Registries cap manifests at 4 MiB. */
export const MANIFEST_BYTES = 4 * MiB;
/** Everything before the layers, of which a reader holds in memory what it cannot read again. */
export const ARCHIVE_HEAD_BYTES = 512 * MiB;
/** The plan of an archive: parsed, it takes ten times as much. Half of it would be 100,000 images. */
export const PLAN_BYTES = 64 * MiB;
/** Objects in an archive, each of which a restore keeps in mind: what etcd can hold, and ten times a large foundation. */
export const ARCHIVE_OBJECTS = 1_000_000;
/** Nesting of JSON in an archive: schemas in CRDs go some 60 deep, and what reads them recurses. */
export const JSON_DEPTH = 256;
/** An archive's last entry: facts, and the names of objects that changed during the backup. */
export const SEAL_BYTES = 16 * MiB;
/** An armored signature of a seal. */
export const SEAL_SIGNATURE_BYTES = 4 * KiB;
/** A lock beside an archive: who has it, since when. */
export const LOCK_BYTES = KiB;
/** One answer of an ssh agent: the keys that it has. */
export const AGENT_ANSWER_BYTES = 256 * KiB;
/** One read of an archive from a file. */
export const READ_BYTES = MiB;
/** Zeros that may follow an archive's end: tapes and pipes pad to whole records. */
export const PADDING_BYTES = MiB;
/** Parts of blobs in memory during an export, from when they are asked for until they are written. */
export const PARTS_BYTES = 32 * MiB;
/**
 * The largest part of a blob that is asked for at once. Each request has its cost: the distribution registry, for one,
 * reads 4 MiB for the smallest.
 */
export const PART_BYTES = 8 * MiB;
/** Blobs that are fetched when it is asked whether they are there: to send one costs a near registry as much as to look. */
export const AHEAD_BLOB_BYTES = 64 * KiB;
/** All of these that are held until their turn comes. */
export const AHEAD_BYTES = 24 * MiB;
/** Bytes between the archive's reader and the registry's uploads during a restore, those held to be sent again included. */
export const UPLOAD_BUFFER_BYTES = 32 * MiB;
/** Layers of this size are read from the file by their uploads; smaller ones pass, many of them with one read. */
export const ASIDE_BYTES = 2 * MiB;
/** One read of such a layer: larger than what sockets take before they have to be waited for. */
export const ASIDE_PIECE_BYTES = 512 * KiB;
/** Such pieces of each upload: those that are sent and asked for, and one that is read meanwhile. */
export const ASIDE_PIECES = 3;
/** Uploads side by side at the beginning of a restore: near registries do not mind, far ones need them. */
export const UPLOADS_IN_FLIGHT = 10;
/**
 * What is held of an upload, so that it can be sent again when its connection breaks: a blob up to this size as a whole,
 * of a larger one what was sent last. More than what connections and proxies have in their buffers, and half of
 * UPLOAD_BUFFER_BYTES, so that one blob is read while another is sent.
 */
export const UPLOAD_HELD_BYTES = 15 * MiB;
/**
 * One request of a larger upload: proxies in front of registries often refuse bodies above 100 MB, and the registry's
 * work for each request (it brings it to its disk) costs as much as some MiB.
 */
export const UPLOAD_CHUNK_BYTES = 95 * MiB;
/**
 * Requests to registries that a run may repeat in all: a hundredth of a large run's, and less than half an hour of
 * waiting at the longest delay, before it is said that something is wrong with the registry.
 */
export const RETRIES_PER_RUN = 500;
/** What `--concurrency` and a person's keys may raise the transfers in flight to: a connection each. */
export const TRANSFERS_IN_FLIGHT = 32;
/** Blobs, and parts of large ones, asked for at once to begin with; far registries turn out to want more. */
export const BLOBS_IN_FLIGHT = 8;
/** The one layer of an imgpkg bundle as it comes: YAML files and little else. */
export const BUNDLE_LAYER_BYTES = 64 * MiB;
/** Of these in memory side by side: most have some KiB. */
export const BUNDLE_LAYERS_HELD = 4;
/** What we inflate of it to find the lock. */
export const BUNDLE_INFLATED_BYTES = 128 * MiB;
/** `.imgpkg/images.yml` of a bundle. */
export const BUNDLE_LOCK_BYTES = 8 * MiB;
/** Writes to the API server side by side: from 32 connections on the server is the limit (measured). */
export const APPLY_IN_FLIGHT = 24;
/** A registry's or API server's error body that we read before giving up on it. */
export const ERROR_BODY_BYTES = 64 * KiB;
/** One answer of an issuer of OpenID Connect: what it offers, or tokens. */
export const ISSUER_ANSWER_BYTES = MiB;
/** Connections to one API server: APPLY_IN_FLIGHT writes and the reads beside them, or LISTS_WATCHED watches. */
export const API_CONNECTIONS = 48;
/** One answer of the API server. A page of a list that is larger is asked for again with fewer objects. */
export const API_RESPONSE_BYTES = 32 * MiB;
/** Manifests and configs of one image: a hundred times what images for many platforms have. */
export const IMAGE_HEAD_BYTES = 16 * MiB;
/** The same of all images of an export, which are in memory: most of ARCHIVE_HEAD_BYTES. */
export const IMAGES_HEAD_BYTES = 384 * MiB;
/** Images of one bundle, those of bundles in it each time that they are named: a repository of all of Tanzu has 3,000. */
export const BUNDLE_IMAGES = 20_000;
/** Nesting of indexes, bundles and their locks. */
export const IMAGE_DEPTH = 16;
/** Questions that a preflight asks side by side, of the API server and of registries. */
export const RESOLVES_IN_FLIGHT = 16;
/** Signatures and other artifacts attached to one image: far more than tools make, and a bound on a list that never ends. */
export const ATTACHED_ARTIFACTS = 1000;
/** Tags of a repository that are listed; in one with more, the few that matter are asked for one by one. */
export const TAGS_LISTED = 10_000;
/** Pages of one list of a registry: ten times what full pages would need. */
export const LIST_PAGES = 100;
/** Written bytes that may wait in the page cache before they are sent on to the medium, while more is written. */
export const UNSYNCED_BYTES = 64 * MiB;
/** What may wait there at the most: then writing waits for the medium. */
export const UNSYNCED_BYTES_MOST = 2 * UNSYNCED_BYTES;
/** What a report tells of each wave's waits, and of a run's retries: the longest and the most frequent. */
export const REPORTED_WAITS = 10;
export const REPORTED_RETRIES = 20;
/** What a write takes in a journal, before and after it: mostly some 300, more where names are long. */
export const JOURNAL_WRITE_BYTES = 512;
/** One line of a journal: names, digests, flags. */
export const JOURNAL_LINE_CHARACTERS = 256 * KiB;
/** Objects of which the seal says that they changed during the backup; with more, it is the wrong hour for one. */
export const DRIFT_NAMED = 10_000;
/** Kinds watched side by side at the end of an export: all of them at once. */
export const LISTS_WATCHED = 48;
/** A pax or GNU record in a tar of another program: names, and times of some files. */
export const TAR_RECORD_BYTES = 64 * KiB;
/** Blobs in an image layout of another program, each of which is kept in mind while it is read: some 40 MiB. */
export const LAYOUT_BLOBS = 100_000;
/** What the manifests of such a layout name in all, likewise, and the steps by which its images are followed. */
export const LAYOUT_DESCRIPTORS = 250_000;
