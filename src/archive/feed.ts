import { Failure } from '../base/errors.ts';
import { type Feed, openFeed } from './source.ts';
import { findParts, isFolder } from './volumes/part-files.ts';
import type { AskForPart } from './volumes/part-finder.ts';
import { openVolumes } from './volumes/volume-feed.ts';
import { openStream } from './volumes/volume-stream.ts';

/** What an archive is read from: a file, the parts that it was cut into, or its bytes as they come. */
export type ArchiveFrom = string | readonly string[] | AsyncIterable<Uint8Array>;

/**
 * @param signal as of {@link openFeed}.
 * @throws Failure as {@link openFeed} and {@link openVolumes}, `usage` for a folder without parts.
 */
export async function openAnyFeed(
  from: ArchiveFrom,
  askForPart?: AskForPart,
  signal?: AbortSignal,
): Promise<Feed> {
  if (typeof from !== 'string' && !Array.isArray(from)) {
    return openStream(await openFeed(from as AsyncIterable<Uint8Array>, signal), 'standard input');
  }
  const paths: readonly string[] = typeof from === 'string' ? [from] : from;
  const parts = await findParts(paths);
  if (parts !== undefined) return openVolumes(parts, { ask: askForPart });
  const [path = ''] = paths;
  if (await isFolder(path)) {
    throw new Failure('usage', 'there is no part of an archive in this folder', {
      subject: path,
      hints: ['give the file of the archive, or the folder that its parts are in'],
    });
  }
  const feed = await openFeed(path, signal);
  return feed.size === undefined ? openStream(feed, path) : feed;
}
