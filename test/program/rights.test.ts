import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '../../src/sandbox/apiserver/call.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { silent } from '../faults/apiserver.ts';
import type { Stage } from '../support/embedded.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { runProgram } from '../support/program.ts';

const PACKAGES = 'data.packaging.carvel.dev';
/** Asked of every user, or granted to every user. */
const UNASKED = ['selfsubjectaccessreviews'];

/** `patch cfapps.korifi.cloudfoundry.org/status`, as an access review would ask for it. */
function rightOf({ method, path, query }: Call): string | undefined {
  const [, group = '', rest = ''] =
    /^\/(?:api|apis\/([^/]+))\/v[^/]+\/(?:namespaces\/[^/]+\/(?=[^/]))?(.+)$/.exec(path) ?? [];
  const [plural = '', name, subresource] = rest.split('/');
  if (plural === '' || UNASKED.includes(plural) || query.has('dryRun')) return undefined;
  const verbs: Record<string, string> = { POST: 'create', PATCH: 'patch', DELETE: 'delete' };
  const verb = verbs[method] ?? (name === undefined ? 'list' : 'get');
  return show(verb, group, plural, subresource);
}

function show(verb: string, group: string, plural: string, subresource = ''): string {
  return `${verb} ${plural}${group && `.${group}`}${subresource && `/${subresource}`}`;
}

/** What an access review asks. */
function reviewIn({ body }: Call): Record<string, string> {
  return JSON.parse(String(body)).spec.resourceAttributes;
}

describe('the rights of a restore', () => {
  let pair: Pair;
  let source: Stage;
  let target: Stage;
  beforeAll(async () => {
    pair = await startPair();
    ({ source, target } = pair);
  }, 60_000);
  afterAll(() => pair?.stop());

  const restore = (...flags: string[]) => runProgram(pair.restoring('--yes', ...flags));

  it('are refused at once where an aggregated API is silent, and a backup of it is said to lack its kinds', async () => {
    const { concerns, effect } = silent(PACKAGES);
    const before = target.server.storage.revision;
    target.faults.api.add(concerns, effect, Number.POSITIVE_INFINITY);
    source.faults.api.add(concerns, effect, Number.POSITIVE_INFINITY);
    const { code, stderr } = await restore();
    expect({ code, stderr }).toEqual({
      code: 5,
      stderr: expect.stringContaining(`but the server behind ${PACKAGES} does not answer`),
    });
    expect(target.server.storage.revision).toBe(before);
    const lame = join(source.directory, 'lame.tar');
    const made = await runProgram([
      ...['export', lame, '--kubeconfig', source.kubeconfigFile, '--plaintext-secrets', '-o', 'json'],
    ]);
    const { losses, absentKinds } = JSON.parse(made.stdout);
    expect({ code: made.code, losses }).toEqual({
      code: 3,
      losses: [
        expect.objectContaining({ kind: 'kind-failed', subject: `PackageMetadata.${PACKAGES}` }),
        expect.objectContaining({ kind: 'kind-failed', subject: `Package.${PACKAGES}` }),
      ],
    });
    expect(absentKinds ?? []).not.toContain('Package');
    source.faults.clear();
    target.faults.clear();
  });

  it('are reviewed before the first write: every verb on every kind that it will use', async () => {
    const reviewed = new Set<string>();
    const used = new Set<string>();
    let hasWritten = false;
    target.faults.api.add(
      () => true,
      async (call, next) => {
        if (call.path.endsWith('/selfsubjectaccessreviews')) {
          const { verb = '', group = '', resource = '', subresource } = reviewIn(call);
          expect(hasWritten, 'a review after a write').toBe(false);
          reviewed.add(show(verb, group, resource, subresource));
        } else {
          const right = rightOf(call);
          hasWritten ||= right !== undefined && /^(create|patch|delete)/.test(right);
          // What is read before anything is decided stands by itself: where it may not be read, that is told or done
          // without.
          if (right !== undefined && (hasWritten || !right.startsWith('list'))) used.add(right);
        }
        return next(call);
      },
      Number.POSITIVE_INFINITY,
    );
    expect((await restore()).code).toBe(0);
    target.faults.clear();
    expect([...used].filter(right => !reviewed.has(right))).toEqual([]);
    expect(used.size).toBeGreaterThan(40);
    expect([...used]).toContain('patch cfbuilds.korifi.cloudfoundry.org/status');
    expect([...used]).toContain('create leases.coordination.k8s.io');
    expect([...reviewed]).toContain('delete leases.coordination.k8s.io');
  });

  it('to change what is there are asked for when that is wanted', async () => {
    const asked: string[] = [];
    target.faults.api.add(
      call => call.path.endsWith('/selfsubjectaccessreviews'),
      async (call, next) => {
        const { verb, resource } = reviewIn(call);
        asked.push(`${verb} ${resource}`);
        return next(call);
      },
      Number.POSITIVE_INFINITY,
    );
    await restore('--dry-run');
    expect(asked).not.toContain(`patch ${KINDS.CFRoute.plural}`);
    await restore('--dry-run', '--on-existing', 'update');
    expect(asked).toContain(`patch ${KINDS.CFRoute.plural}`);
    target.faults.clear();
  });
});
