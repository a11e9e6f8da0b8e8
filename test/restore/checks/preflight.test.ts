import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Digest, digestOf } from '../../../src/base/digest.ts';
import { EXIT, Failure } from '../../../src/base/errors.ts';
import { type Finding, inShort, Refused } from '../../../src/base/findings.ts';
import { descriptorOf } from '../../../src/foundation/catalog.ts';
import { NO_CROSSING } from '../../../src/foundation/conversions/conversions.ts';
import { errorLines } from '../../../src/progress/console.ts';
import { parseRepository } from '../../../src/registry/reference.ts';
import { preflight, refuseIfNeeded } from '../../../src/restore/checks/preflight.ts';

type Options = Parameters<typeof preflight>[0];

const DIGEST = digestOf(Buffer.from('an image'));
const OTHER = digestOf(Buffer.from('another image'));
const APP = descriptorOf('korifi.cloudfoundry.org', 'CFApp');
const INSTALL = descriptorOf('packaging.carvel.dev', 'PackageInstall');

/** An image of the archive, and where it goes. */
function placed(more: object = {}, to = 'new.example.com/app') {
  const image = { reference: `old.example.com/app@${DIGEST}`, repository: 'old.example.com/app', usedBy: [] };
  return { image: { ...image, digest: DIGEST, ...more }, target: parseRepository(to), tags: ['t'], rank: 0 };
}

interface Given {
  readonly losses?: readonly object[];
  readonly heldBack?: readonly object[];
  readonly scrutiny?: readonly object[];
  readonly domains?: readonly object[];
  readonly from?: object;
  readonly to?: object;
  readonly kinds?: readonly unknown[];
  readonly silent?: boolean;
  readonly images?: readonly object[];
  readonly unmapped?: readonly object[];
  readonly existingTags?: 'fail';
  /** What the registry has under every name. */
  readonly has?: Digest;
  readonly refuses?: 'pushes' | 'everything';
  readonly steps?: number;
}

/** A target that has nothing and lets everything be done, but for what is given. */
function options(given: Given): Options {
  const surface = {
    find: () => undefined,
    silence: () => (given.silent ? 'no answer' : undefined),
    broken: new Map(),
  };
  const korifi = { rootNamespace: 'cf', version: '0.8.1' };
  return {
    plan: { losses: given.losses ?? [], layers: [], source: { korifi: { ...korifi, ...given.from } } },
    inventory: {
      kinds: new Map((given.kinds ?? []).map(kind => [kind, 1])),
      waves: [{ nodes: { length: given.steps ?? 1, *[Symbol.iterator]() {} } }],
      heldBack: given.heldBack ?? [],
      scrutiny: { findings: () => given.scrutiny ?? [] },
    },
    target: { surface, korifi: given.to && { ...korifi, ...given.to } },
    placements: { placed: given.images ?? [], unmapped: given.unmapped ?? [] },
    cluster: {
      can: async () => given.refuses !== 'everything',
      async *list() {},
      get: async () => undefined,
    },
    registries: {
      checkWritable: async () => {
        if (given.refuses === 'pushes') throw new Failure('registry-error', 'answered 403');
      },
      hasManifest: async () => given.has,
    },
    existingTags: given.existingTags ?? 'overwrite',
    onExisting: 'skip',
    mapping: { images: {}, domains: { findings: () => given.domains ?? [] }, crossing: NO_CROSSING },
    allowed: new Set(),
    journal: join(tmpdir(), randomUUID(), 'yet'),
  } as unknown as Options;
}

async function found(given: Given): Promise<string[]> {
  return (await preflight(options(given))).map(({ severity, code }) => `${severity} ${code}`);
}

const gone = { reference: `old.example.com/app@${DIGEST}`, repository: 'old.example.com/app' };
const subject = 'CFApp space/app';

describe('the checks before a restore', () => {
  it('find nothing where nothing is wrong', async () => {
    expect(await found({ images: [placed()] })).toEqual([]);
  });

  it.each<[string, Given, string]>([
    ['what the backup lacks', { losses: [{ subject, reason: 'gone' }] }, 'warn backup-lacks'],
    ['what is left out', { heldBack: [{ subject, reason: 'under way' }] }, 'warn left-out'],
    ['what is not trusted', { scrutiny: [{ code: 'fetches', severity: 'warn' }] }, 'warn fetches'],
    ['another root namespace', { to: { rootNamespace: 'other' } }, 'refuse root-namespace'],
    ['an older Korifi', { from: { version: '0.18.0' }, to: {} }, 'refuse korifi-version'],
    ['a newer Korifi', { to: { version: '0.18.0' } }, 'warn korifi-version'],
    ['domains', { domains: [{ code: 'domain-overlaps', severity: 'refuse' }] }, 'refuse domain-overlaps'],
    ['a registry for both', { images: [placed({}, 'old.example.com/app')] }, 'warn registry-shared'],
    [
      'a smaller limit of builds',
      { from: { maxRetainedBuildsPerApp: 5 }, to: { maxRetainedBuildsPerApp: 2 } },
      'warn retention',
    ],
    ['kinds that are not served', { kinds: [APP] }, 'refuse kind-not-served'],
    ['a server behind a kind that is silent', { kinds: [INSTALL], silent: true }, 'refuse kind-silent'],
    ['rights to write', { kinds: [APP], refuses: 'everything' }, 'refuse not-allowed'],
    ['rights on the names of a Korifi', { to: {}, refuses: 'everything' }, 'warn names-held'],
    ['rights to keep others out', { refuses: 'everything' }, 'warn unguarded'],
    ['a registry', { images: [placed()], refuses: 'pushes' }, 'refuse registry-not-writable'],
    ['no room for the journal', { steps: 1e15 }, 'refuse no-room'],
    ['a tag', { images: [placed()], has: OTHER, existingTags: 'fail' }, 'refuse tag-taken'],
    ['images that stay', { unmapped: [gone], has: DIGEST }, 'warn image-not-mapped'],
    ['images that are gone', { unmapped: [gone] }, 'refuse image-gone'],
    [
      'packages that were left out',
      { images: [placed({ bundle: { images: [], leftOut: [`old.example.com/pkg@${OTHER}`] } })] },
      'warn package-left-out',
    ],
  ])('tell of %s', async (_, given, expected) => {
    expect(await found(given)).toContain(expected);
  });

  it('count in words what stays where the source has it', async () => {
    const texts = async (...images: object[]) =>
      (await preflight(options({ images }))).map(({ text }) => text);
    const one = placed({}, 'old.example.com/app');
    expect(await texts(one)).toEqual([
      expect.stringMatching(/^1 image stays where the source has it: it gets /),
    ]);
    expect(await texts(one, one)).toEqual([expect.stringMatching(/^2 images stay where .*: each gets /)]);
  });

  it('look for the room of the journal where it will be, before its folder is there', async () => {
    const [finding] = await preflight(options({ steps: 1e15 }));
    expect(finding).toMatchObject({ subject: tmpdir(), hint: expect.stringContaining('--journal') });
  });

  it('tell of many things of one sort the first ones, and how many more there are', async () => {
    const heldBack = Array.from({ length: 3000 }, (_, number) => ({
      subject: `CFApp a/${number}`,
      reason: 'so',
    }));
    const kinds = { kinds: [APP] };
    const findings = await preflight(options({ heldBack, ...kinds }));
    expect(findings).toHaveLength(3001);
    const lines = inShort(findings);
    expect(lines).toHaveLength(7);
    expect(lines).toContain('and 2995 more like these (left-out)');
    const [taken] = findings.filter(({ code }) => code === 'kind-not-served');
    const refusal = new Refused(Array.from({ length: 4000 }, () => taken as Finding));
    expect(refusal.told.at(-1)).toBe('and 3995 more like these (kind-not-served)');
    expect(refusal.message.length).toBeLessThan(1000);
    expect(refusal.hints).toContain('-o json names all of them');
    expect(errorLines(refusal).filter(line => line.startsWith('error: '))).toHaveLength(6);
  });

  it('tell all at once, and refuse with exit code 5 and what to do', async () => {
    const given = { kinds: [APP], unmapped: [gone], images: [placed()], refuses: 'pushes' } as const;
    const findings = await preflight(options(given));
    const refusing = findings.filter(({ severity }) => severity === 'refuse').map(({ code }) => code);
    expect(refusing.sort()).toEqual(['image-gone', 'kind-not-served', 'registry-not-writable']);
    const refusal = () => refuseIfNeeded(findings);
    expect(refusal).toThrow(/CFApp.*cannot be pushed.*cannot be had/);
    expect(new Refused(findings)).toMatchObject({
      exit: EXIT.refused,
      hints: [expect.stringContaining('install Korifi'), expect.stringContaining('--registry-map')],
    });
  });
});
