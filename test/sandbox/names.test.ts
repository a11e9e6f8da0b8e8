import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddedFoundation } from '../../src/sandbox/foundation.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { leaseName } from '../../src/sandbox/korifi/admission/leases.ts';
import { create, createApp, ORG_GUID, refusal, SPACE, startInstalled } from './korifi-objects.ts';

let foundation: EmbeddedFoundation;
beforeAll(async () => {
  foundation = await startInstalled('names');
});
afterAll(() => foundation.stop());

const lease = (entity: string, namespace: string, name: string) =>
  foundation.cluster.get(KINDS.Lease, namespace, leaseName({ entity, namespace, name }));

/** The error that Korifi's own API would read from the refusal. */
async function errorType(write: Promise<unknown>): Promise<string> {
  const message = await refusal(write);
  return /"validationErrorType":"(\w+)"/.exec(message)?.[1] ?? message;
}

describe('a name', () => {
  it('is held by a Lease with the documented name and annotations', async () => {
    expect(leaseName({ entity: 'cforg', namespace: 'cf', name: 'acme' })).toBe(
      'n-647137776e8785a203fbe04d126eddf02ec345f1',
    );
    await createApp(foundation.cluster, 'first', { displayName: 'Shop' });
    const held = await lease('app', SPACE, 'shop');
    expect(held?.metadata.annotations).toEqual({
      'coordination.cloudfoundry.org/entity-type': 'app',
      'coordination.cloudfoundry.org/namespace': SPACE,
      'coordination.cloudfoundry.org/name': 'shop',
      'coordination.cloudfoundry.org/owner-namespace': SPACE,
      'coordination.cloudfoundry.org/owner-name': 'first',
    });
  });

  it('of a binding is made of what its spec says, where no namespace is', async () => {
    await create(foundation.cluster, KINDS.CFServiceBinding, 'bound', {
      service: { apiVersion: 'korifi.cloudfoundry.org/v1alpha1', kind: 'CFServiceInstance', name: 'db' },
      appRef: { name: 'first' },
    });
    expect(await lease('servicebinding', SPACE, 'sb::first::::db')).toBeDefined();
  });

  it('that is taken is refused with 403 and DuplicateNameError, not with 409', async () => {
    const message = await refusal(createApp(foundation.cluster, 'second', { displayName: 'Shop' }));
    expect(message).toBe(
      'admission webhook "vcfapp.korifi.cloudfoundry.org" denied the request: ' +
        `{"validationErrorType":"DuplicateNameError","message":"App with the name 'Shop' already exists."}`,
    );
  });

  it('whose Lease was restored first can never be used', async () => {
    const { cluster } = foundation;
    const name = leaseName({ entity: 'app', namespace: SPACE, name: 'blocked' });
    await create(cluster, KINDS.Lease, name, { holderIdentity: 'none' });
    expect(await errorType(createApp(cluster, 'blocked'))).toBe('DuplicateNameError');
  });

  it('is not registered by a dry run', async () => {
    const { cluster } = foundation;
    const app = {
      apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
      kind: 'CFApp',
      metadata: { name: 'dry', namespace: SPACE },
      spec: { displayName: 'dry', desiredState: 'STOPPED', lifecycle: { type: 'buildpack', data: {} } },
    };
    const answer = await cluster.create(KINDS.CFApp, app, { dryRun: true });
    expect(answer.metadata.finalizers).toEqual(['cfApp.korifi.cloudfoundry.org']);
    expect(await lease('app', SPACE, 'dry')).toBeUndefined();
  });

  it('moves when the object is renamed and is given back when it goes', async () => {
    const { cluster } = foundation;
    await createApp(cluster, 'renamed');
    const body = { spec: { displayName: 'other' } };
    await cluster.patch(KINDS.CFApp, SPACE, 'renamed', { type: 'merge', body });
    expect(await lease('app', SPACE, 'renamed')).toBeUndefined();
    expect(await lease('app', SPACE, 'other')).toBeDefined();
    await cluster.delete(KINDS.CFApp, SPACE, 'renamed');
    expect(await lease('app', SPACE, 'other')).toBeUndefined();
  });
});

describe('a place', () => {
  it('of an org is the root namespace', async () => {
    const org = create(foundation.cluster, KINDS.CFOrg, 'stray', { displayName: 'stray' }, {}, 'tap-install');
    expect(await errorType(org)).toBe('OrgPlacementError');
  });

  it('of a space is its org; refused in an existing namespace, it leaves its name taken for ever', async () => {
    const { cluster } = foundation;
    const space = () =>
      create(cluster, KINDS.CFSpace, 'cf-space-early', { displayName: 'early' }, {}, 'tap-install');
    expect(await errorType(space())).toBe('SpacePlacementError');
    expect(await errorType(space())).toBe('DuplicateNameError');
    expect(await lease('cfspace', 'tap-install', 'early')).toBeDefined();
  });

  it('of a space whose namespace is missing is a plain 404, and leaves nothing', async () => {
    const space = create(foundation.cluster, KINDS.CFSpace, 's', { displayName: 's' }, {}, 'cf-org-missing');
    expect(await refusal(space)).toContain('namespaces "cf-org-missing" not found');
  });

  it('in a space is needed by a route for each of its apps; refused, it leaves no Lease', async () => {
    const destinations = [{ guid: 'd', appRef: { name: 'nowhere' }, processType: 'web' }];
    const domainRef = { name: 'apps.example.com', namespace: 'cf' };
    const route = { host: 'www', path: '', protocol: 'http', domainRef, destinations };
    expect(await errorType(create(foundation.cluster, KINDS.CFRoute, 'r', route))).toBe(
      'RouteDestinationNotInSpaceError',
    );
    expect(await lease('route', 'cf', 'www::cf::apps.example.com::')).toBeUndefined();
  });

  it.each(['apps.example.com', 'deep.apps.example.com', 'example.com'])(
    'among domains: %s overlaps with apps.example.com',
    async name => {
      const domain = create(foundation.cluster, KINDS.CFDomain, `new.${name}`, { name }, {}, 'cf');
      expect(await errorType(domain)).toBe('DuplicateDomainError');
    },
  );
});

describe('on its way in, an object', () => {
  it('gets finalizer, version, labels and defaults', async () => {
    const { cluster } = foundation;
    const app = await createApp(cluster, 'defaults');
    expect(app.metadata).toMatchObject({
      finalizers: ['cfApp.korifi.cloudfoundry.org'],
      annotations: {
        'korifi.cloudfoundry.org/app-rev': '0',
        'korifi.cloudfoundry.org/creation-version': 'v0.8.1',
      },
    });
    const process = await create(cluster, KINDS.CFProcess, 'p', {
      appRef: { name: 'defaults' },
      processType: 'worker',
    });
    expect(process.spec).toMatchObject({ memoryMB: 1024, desiredInstances: 0 });
    expect(process.metadata.labels).toMatchObject({ 'korifi.cloudfoundry.org/process-type': 'worker' });
  });

  it('has its revision raised when it is stopped, not when it is started', async () => {
    const { cluster } = foundation;
    const set = (desiredState: string) =>
      cluster.patch(KINDS.CFApp, SPACE, 'defaults', { type: 'merge', body: { spec: { desiredState } } });
    const revision = ({ metadata }: { metadata: { annotations?: Record<string, string> } }) =>
      metadata.annotations?.['korifi.cloudfoundry.org/app-rev'];
    expect(revision(await set('STARTED'))).toBe('0');
    expect(revision(await set('STOPPED'))).toBe('1');
    expect(revision(await set('STARTED'))).toBe('1');
  });

  it('gets nothing and holds no name while the webhook configurations are missing', async () => {
    const { cluster } = foundation;
    const hooks = [
      [KINDS.ValidatingWebhookConfiguration, 'korifi-controllers-validating-webhook-configuration'],
      [KINDS.MutatingWebhookConfiguration, 'korifi-controllers-mutating-webhook-configuration'],
    ] as const;
    const installed = await Promise.all(hooks.map(([kind, name]) => cluster.get(kind, undefined, name)));
    for (const [kind, name] of hooks) await cluster.delete(kind, undefined, name);
    const app = await createApp(cluster, 'unguarded');
    expect(app.metadata.finalizers).toBeUndefined();
    expect(await lease('app', SPACE, 'unguarded')).toBeUndefined();
    for (const [index, [kind]] of hooks.entries()) {
      const object = installed[index];
      if (object === undefined) throw new Error('the webhooks were installed');
      const { resourceVersion: _, uid: __, ...metadata } = object.metadata;
      await cluster.create(kind, { ...object, metadata });
    }
  });
});

describe('an org', () => {
  it('passes roles marked for it down to its spaces, and takes copies without source away', async () => {
    const { cluster } = foundation;
    const rbac = { apiGroup: 'rbac.authorization.k8s.io' };
    const binding = (name: string, namespace: string, metadata: object) =>
      cluster.create(KINDS.RoleBinding, {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name, namespace, ...metadata },
        roleRef: { ...rbac, kind: 'ClusterRole', name: 'korifi-controllers-organization-manager' },
        subjects: [{ ...rbac, kind: 'User', name: 'zoe@example.com' }],
      });
    await binding('zoe', ORG_GUID, { annotations: { 'cloudfoundry.org/propagate-cf-role': 'true' } });
    await binding('restored', SPACE, { labels: { 'cloudfoundry.org/propagated-from': ORG_GUID } });
    await expect
      .poll(() => cluster.get(KINDS.RoleBinding, SPACE, 'zoe'))
      .toMatchObject({
        metadata: { labels: { 'cloudfoundry.org/propagated-from': ORG_GUID } },
      });
    await expect.poll(() => cluster.get(KINDS.RoleBinding, SPACE, 'restored')).toBeUndefined();
  });
});
