import { Failure, reasonOf } from '../base/errors.ts';
import { checkTarget } from './address-scope.ts';
import type { Descriptor } from './descriptor.ts';
import { type Repository, showReference } from './reference.ts';
import { refusalOf } from './refusal.ts';
import type { Remote } from './remote.ts';
import type { Answer } from './transport.ts';

/*
 * Foreign layers (image-spec, descriptor.md#properties, `urls`): content that a manifest names and that stands with
 * whoever may distribute it. A manifest can be anybody's, so its urls are followed over https only, never to this
 * machine or network segment, and without any login.
 */

/**
 * The layer as a stream from the first of its urls that has it; its bytes are for the caller to verify.
 * @throws Failure of the last url that was tried
 */
export function openForeign(
  remote: Remote,
  repository: Repository,
  layer: Descriptor,
  signal?: AbortSignal,
): Promise<Answer> {
  return atUrls(layer, repository, url =>
    exchange(remote, repository, layer, 'GET', url, signal, async answer => answer),
  );
}

/** Whether one of the urls has the layer: why not, or nothing. */
export async function hasForeign(
  remote: Remote,
  repository: Repository,
  layer: Descriptor,
  signal?: AbortSignal,
): Promise<Failure | undefined> {
  try {
    await atUrls(layer, repository, url =>
      exchange(remote, repository, layer, 'HEAD', url, signal, async () => undefined),
    );
    return undefined;
  } catch (error) {
    if (signal?.aborted || !(error instanceof Failure)) throw error;
    return error;
  }
}

async function atUrls<T>(
  { digest, urls = [] }: Descriptor,
  repository: Repository,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const subject = showReference({ ...repository, digest });
  let failure = new Failure('registry-missing', 'the foreign layer has no urls', { subject });
  for (const url of urls) {
    try {
      return await use(url);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failure = new Failure(error.code, `the foreign layer cannot be had: ${reasonOf(error)}`, {
        subject,
        hints: [...error.hints],
        cause: error,
      });
    }
  }
  throw failure;
}

async function exchange<T>(
  remote: Remote,
  repository: Repository,
  { digest }: Descriptor,
  method: 'GET' | 'HEAD',
  text: string,
  signal: AbortSignal | undefined,
  receive: (answer: Answer) => Promise<T>,
): Promise<T> {
  const subject = showReference({ ...repository, digest });
  const target = URL.canParse(text) ? new URL(text) : undefined;
  if (target?.protocol !== 'https:') {
    throw new Failure('registry-error', 'its url is not one of https', { subject });
  }
  await checkTarget(target, new URL(await remote.network.origin(repository.registry)), 'foreign layer');
  const { host } = target;
  return remote.ask(
    { repository, access: 'pull', method, target, follow: true, anonymous: true, host, subject, signal },
    async answer => {
      if (answer.url.protocol !== 'https:') {
        throw new Failure('registry-error', `${host} redirects away from https`, { subject });
      }
      if (answer.status !== 200) throw await refusalOf(answer, host, subject);
      return receive(answer);
    },
  );
}
