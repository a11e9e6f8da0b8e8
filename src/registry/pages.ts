import { Failure } from '../base/errors.ts';
import { LIST_PAGES } from '../base/limits.ts';
import type { Ask, Remote } from './remote.ts';
import { type Answer, follow } from './transport.ts';

/**
 * A list that a registry gives in pages (distribution-spec, spec.md#listing-tags, #listing-referrers; RFC 8288).
 * @throws Failure `registry-error` beyond LIST_PAGES pages, and whatever `read` throws
 */
export async function* pages<T>(
  remote: Remote,
  first: Ask,
  read: (answer: Answer) => Promise<T>,
): AsyncGenerator<T, void> {
  const { registry } = first.repository;
  const origin = new URL(await remote.network.origin(registry));
  let target: Ask['target'] | undefined = first.target;
  for (let page = 0; target !== undefined; page++) {
    if (page === LIST_PAGES) {
      throw new Failure('registry-error', `the registry's list has more than ${LIST_PAGES} pages`, {
        subject: first.subject ?? registry,
      });
    }
    const ask: Ask = { ...first, target };
    const [value, next] = await remote.ask(ask, async answer => {
      const link = nextIn(answer);
      const following = link === undefined ? undefined : await follow(link, answer.url, origin, 'next page');
      return [await read(answer), following] as const;
    });
    yield value;
    target = next;
  }
}

/** `<URL>; rel="next"` */
function nextIn({ headers }: Answer): string | undefined {
  return /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(String(headers.link ?? ''))?.[1];
}
