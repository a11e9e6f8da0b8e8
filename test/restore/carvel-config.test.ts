import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import { INSTALLERS } from '../../src/foundation/kinds/common.ts';
import { mergeConfig, planConfigMerge } from '../../src/restore/carvel-config.ts';
import type { Prepared } from '../../src/restore/prepare.ts';
import { type EmbeddedFoundation, startFoundation } from '../../src/sandbox/foundation.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { apply } from '../../src/sandbox/platform/apply.ts';

const NAMESPACE = 'kapp-controller';
const NAME = 'kapp-controller-config';
const pem = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----`;

let foundation: EmbeddedFoundation;
beforeAll(async () => {
  foundation = await startFoundation({ name: 'config' });
  await apply(foundation.cluster, KINDS.Namespace, { metadata: { name: NAMESPACE } });
});
afterAll(() => foundation.stop());

/** A restore in which kapp-controller fetches something; from where it did at the source, unless stated otherwise. */
async function prepared(given: {
  authorities?: string;
  source?: string[];
  asBefore?: boolean;
  fetches?: boolean;
}) {
  const { authorities, source = [], asBefore = true, fetches = true } = given;
  return {
    inventory: {
      kinds: new Map(fetches ? INSTALLERS.map(kind => [kind, 1]) : []),
      authorities: source,
      scrutiny: { fetchesElsewhere: () => asBefore },
    },
    placements: { unmapped: [] },
    mapping: { authorities },
    target: { surface: await foundation.cluster.discover() },
  } as unknown as Prepared;
}

async function merge(given: Parameters<typeof prepared>[0]): Promise<string[]> {
  const all = await prepared(given);
  const { merge, findings } = await planConfigMerge(all, foundation.cluster);
  const losses = merge ? await mergeConfig(foundation.cluster, all.target.surface, merge) : [];
  expect(losses).toEqual([]);
  return findings.map(({ text }) => text);
}

const read = (kind: typeof KINDS.Secret) => foundation.cluster.get(kind, NAMESPACE, NAME);
const caCerts = (secret: KubeObject | undefined) =>
  Buffer.from(secret?.data.caCerts ?? '', 'base64').toString();

describe("kapp-controller's configuration on the target", () => {
  it('is not made where nobody knows where kapp-controller runs; that is told', async () => {
    expect(await merge({ authorities: pem('AAA') })).toEqual([expect.stringContaining('is not known')]);
    expect(await read(KINDS.Secret)).toBeUndefined();
  });

  it('gets what it lacks in the ConfigMap, where it is one; proxies stay its own', async () => {
    const data = { caCerts: pem('OWN'), httpProxy: 'proxy.new.example.com' };
    await apply(foundation.cluster, KINDS.ConfigMap, {
      metadata: { name: NAME, namespace: NAMESPACE },
      data,
    });
    expect(await merge({ source: [`${pem('OWN')}\n${pem('OLD')}`] })).toEqual([
      'kapp-controller will trust a certificate authority without which it could not fetch what this restore ' +
        `installs: added to ConfigMap ${NAMESPACE}/${NAME}`,
    ]);
    expect((await read(KINDS.ConfigMap))?.data).toEqual({
      ...data,
      caCerts: `${pem('OWN')}\n${pem('OLD')}\n`,
    });
    expect(await read(KINDS.Secret)).toBeUndefined();
  });

  it('is written in the Secret where there is one, which is what kapp-controller reads', async () => {
    const data = { caCerts: Buffer.from(pem('OWN')).toString('base64') };
    await apply(foundation.cluster, KINDS.Secret, { metadata: { name: NAME, namespace: NAMESPACE }, data });
    expect(await merge({ authorities: pem('NEW') })).toEqual([
      expect.stringContaining(`Secret ${NAMESPACE}/`),
    ]);
    expect(caCerts(await read(KINDS.Secret))).toBe(`${pem('OWN')}\n${pem('NEW')}\n`);
  });

  it('is left alone where it has all of them, and where nothing is fetched as it was at the source', async () => {
    const before = await read(KINDS.Secret);
    expect(await merge({ authorities: pem('NEW') })).toEqual([]);
    expect(await merge({ source: [pem('OTHER')], asBefore: false })).toEqual([]);
    expect(await merge({ authorities: pem('MINE'), source: [pem('OTHER')], fetches: false })).toEqual([]);
    expect(await read(KINDS.Secret)).toEqual(before);
  });

  it('that changed in between is left as it is, which is a loss', async () => {
    const all = await prepared({ source: [pem('OTHER')] });
    const planned = await planConfigMerge(all, foundation.cluster);
    await foundation.cluster.patch(KINDS.Secret, NAMESPACE, NAME, {
      type: 'merge',
      body: { data: { noProxy: 'eA==' } },
    });
    const merge = planned.merge ?? expect.unreachable();
    expect(await mergeConfig(foundation.cluster, all.target.surface, merge)).toMatchObject([
      { kind: 'object-failed', subject: `Secret ${NAMESPACE}/${NAME}` },
    ]);
  });
});
