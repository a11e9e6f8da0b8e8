import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/base/object.ts';
import { descriptorOf } from '../../../src/foundation/catalog.ts';
import { checkInstallation } from '../../../src/restore/checks/installation.ts';
import type { Prepared, PrepareOptions } from '../../../src/restore/prepare.ts';

const ADAPTER = 'application-service-adapter.tanzu.vmware.com';

interface Given {
  readonly name?: string;
  readonly refName?: string;
  readonly constraints?: string;
  readonly version?: string;
  readonly attempted?: string;
  readonly annotations?: Record<string, string>;
}

function install({ name = 'adapter', refName = ADAPTER, constraints, version, ...given }: Given): KubeObject {
  return {
    apiVersion: 'packaging.carvel.dev/v1alpha1',
    kind: 'PackageInstall',
    metadata: { name, namespace: 'install', ...(given.annotations && { annotations: given.annotations }) },
    spec: { packageRef: { refName, versionSelection: { constraints: constraints ?? version ?? '' } } },
    status: { version, lastAttemptedVersion: given.attempted ?? version },
  };
}

/** What is found when an archive's installation meets those of a target. */
async function found(
  archived: Given,
  there: readonly Given[],
  { korifi = false, rehearsed = false, packageVersion = 'keep' } = {},
) {
  const descriptor = descriptorOf('packaging.carvel.dev', 'PackageInstall');
  const object = install(archived);
  const { name, namespace } = object.metadata;
  const id = { group: 'packaging.carvel.dev', kind: 'PackageInstall', name, namespace };
  const prepared = {
    inventory: { waves: [{ nodes: [{ object: 0, id, descriptor, step: 'create', needs: [] }] }] },
    store: { get: async () => object },
    target: { surface: { find: () => ({}) }, korifi: korifi ? {} : undefined },
    mapping: { packageVersion },
  } as unknown as Prepared;
  const cluster = {
    list: async function* () {
      yield there.map(install);
    },
  } as unknown as PrepareOptions['cluster'];
  return checkInstallation(prepared, { cluster, rehearsed });
}

describe('an installation of the archive', () => {
  it('into an empty target is nothing to tell of', async () => {
    expect(await found({ version: '1.3.1' }, [])).toEqual([]);
  });

  it.each([
    ['adapter', [{ version: '1.3.1' }]],
    ['other', [{ name: 'other', version: '1.3.1' }]],
  ])('that the target has as %s is told, with what to do', async (name, there) => {
    expect(await found({ version: '1.3.1' }, there, { korifi: true })).toEqual([
      {
        code: 'installation-there',
        severity: 'warn',
        subject: 'PackageInstall install/adapter',
        text: `the target has ${ADAPTER} installed already, as PackageInstall install/${name}`,
        hint: 'pass --no-installation to leave out what installs the foundation',
      },
    ]);
  });

  it('of another version is told, and why kapp-controller would not go back', async () => {
    const texts = async (...given: Parameters<typeof found>) =>
      (await found(...given)).map(({ text }) => text);
    const ran = 'PackageInstall install/adapter ran 1.3.1, the target has';
    expect(await texts({ version: '1.3.1' }, [{ version: '1.2.0' }])).toContain(`${ran} 1.2.0`);
    const newer = { version: '1.10.0' };
    const refusal =
      ': kapp-controller goes back to a lower version only with the annotation packaging.carvel.dev/downgradable on it';
    expect(await texts({ version: '1.3.1' }, [newer])).toContain(`${ran} 1.10.0${refusal}`);
    const annotations = { 'packaging.carvel.dev/downgradable': '' };
    expect(await texts({ version: '1.3.1' }, [{ ...newer, annotations }])).toContain(`${ran} 1.10.0`);
    expect(await texts({ version: '1.3.1' }, [{ version: '1.2.0', attempted: '1.4.0' }])).toContain(
      `${ran} 1.2.0${refusal}`,
    );
  });

  it('that would take over what something else installed is refused, but for a rehearsal', async () => {
    const refused = { code: 'installation-there', severity: 'refuse' };
    expect(await found({ version: '1.3.1' }, [], { korifi: true })).toMatchObject([refused]);
    expect(await found({ version: '1.3.1' }, [], { korifi: true, rehearsed: true })).toEqual([]);
    expect(await found({ refName: 'drain.example.com', version: '1.0.0' }, [], { korifi: true })).toEqual([]);
  });

  it('with a range of versions is held to the one that ran, or left open: either is told', async () => {
    const open = { constraints: '>=1.0', version: '1.3.1' };
    expect(await found(open, [])).toMatchObject([
      { severity: 'note', text: expect.stringContaining('is held to 1.3.1') },
    ]);
    expect(await found(open, [], { packageVersion: 'constraint' })).toMatchObject([
      { severity: 'warn', text: expect.stringContaining('may come to another version than 1.3.1') },
    ]);
    expect(await found({ constraints: '>=1.0' }, [])).toEqual([]);
  });
});
