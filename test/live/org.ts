import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../src/base/object.ts';
import type { LiveBroker } from './broker.ts';
import { CF, condition, maker, ready, secret, waitFor } from './making.ts';
import { type Managed, makeManaged } from './managed.ts';
import { pushImage } from './pushing.ts';
import type { Side } from './stage.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** What was made: the names that the checks and the cleaning up need. */
export interface LiveOrg {
  readonly name: string;
  readonly guid: string;
  readonly space: string;
  readonly user: string;
  readonly started: string;
  readonly stopped: string;
  /** A service of a broker, where Korifi has brokers and one was given. */
  readonly managed?: Managed;
}

/** Makes an org of its own as `cf` would: apps, builds, routes, a service, roles and a task that has finished. */
export async function makeOrg(side: Side, broker: LiveBroker | undefined): Promise<LiveOrg> {
  const { cluster, korifi } = side;
  const root = korifi.rootNamespace;
  const id = randomUUID();
  const org: LiveOrg = {
    name: `asa-backup-live-${id.slice(0, 8)}`,
    guid: randomUUID(),
    space: randomUUID(),
    user: `asa-backup-live-${id.slice(0, 8)}@example.com`,
    started: randomUUID(),
    stopped: randomUUID(),
  };
  const make = maker(side);
  const until = (kind: string, name: string, namespace: string, wanted: (object: KubeObject) => boolean) =>
    waitFor(side, kind, name, namespace, wanted);
  await make('CFOrg', org.guid, root, { displayName: org.name });
  await until('CFOrg', org.guid, root, ready);
  await make('CFSpace', org.space, org.guid, { displayName: 'live' });
  await until('CFSpace', org.space, org.guid, ready);
  await grant(side, org);
  const service = await makeService(side, org);
  const droplets = new Map<string, string>();
  for (const [app, name] of [
    [org.started, 'started'],
    [org.stopped, 'stopped'],
    [randomUUID(), 'never'],
  ] as const) {
    const made = await make(
      'CFApp',
      app,
      org.space,
      {
        displayName: name,
        desiredState: 'STOPPED',
        envSecretName: `${app}-env`,
        lifecycle: { type: 'buildpack', data: { buildpacks: [], stack: 'cflinuxfs3' } },
      },
      { labels: { team: 'live' }, annotations: { contact: org.user } },
    );
    await secret(side, org.space, `${app}-env`, { GREETING: 'hello' }, made);
    if (name === 'never') continue;
    for (let push = 0; push < 2; push++) droplets.set(app, await stage(side, org, app));
    const body = { spec: { currentDropletRef: { name: droplets.get(app) } } };
    await cluster.patch(side.resource('CFApp'), org.space, app, { type: 'merge', body });
  }
  await make('CFServiceBinding', randomUUID(), org.space, {
    service: { apiVersion: CF, kind: 'CFServiceInstance', name: service },
    appRef: { name: org.started },
    ...(isLater(side) && { type: 'app', parameters: {} }),
  });
  const managed = broker && isLater(side) ? await makeManaged(side, org, broker) : undefined;
  const [domain] = korifi.domains ?? [];
  await make('CFRoute', randomUUID(), org.space, {
    host: org.name,
    path: '',
    protocol: 'http',
    domainRef: { name: domain?.object, namespace: root },
    destinations: [
      {
        guid: randomUUID(),
        appRef: { name: org.started },
        processType: 'web',
        port: 8080,
        protocol: 'http1',
      },
    ],
  });
  const body = { spec: { desiredState: 'STARTED' } };
  await cluster.patch(side.resource('CFApp'), org.space, org.started, { type: 'merge', body });
  await until('CFApp', org.started, org.space, ready);
  const task = randomUUID();
  await make('CFTask', task, org.space, { appRef: { name: org.started }, command: 'true', canceled: false });
  await until(
    'CFTask',
    task,
    org.space,
    ({ status }) => condition(status, 'Succeeded') || condition(status, 'Failed'),
  );
  return { ...org, ...(managed && { managed }) };
}

/** Whether Korifi wants what 0.16 and later want. */
function isLater({ serves }: Side): boolean {
  return serves('CFSecurityGroup', 'korifi.cloudfoundry.org');
}

/** The GUID of a package of the app, pushed as `cf push` would. */
export async function pushPackage(side: Side, { space }: LiveOrg, app: string): Promise<string> {
  const { containerRepositoryPrefix, containerRegistrySecretNames } = side.korifi;
  const name = randomUUID();
  const source = { Procfile: 'web: sleep 1000000\nworker: sleep 1000000\n', id: name };
  const image = await pushImage(side, `${containerRepositoryPrefix}${app}-packages`, name, source);
  await maker(side)('CFPackage', name, space, {
    type: 'bits',
    appRef: { name: app },
    source: {
      registry: { image, imagePullSecrets: containerRegistrySecretNames.map(secret => ({ name: secret })) },
    },
  });
  return name;
}

/** The GUID of a build that succeeded, staged by whatever stages there. */
async function stage(side: Side, org: LiveOrg, app: string): Promise<string> {
  const source = await pushPackage(side, org, app);
  const build = randomUUID();
  await maker(side)('CFBuild', build, org.space, {
    appRef: { name: app },
    packageRef: { name: source },
    stagingMemoryMB: 1024,
    stagingDiskMB: 1024,
    lifecycle: { type: 'buildpack', data: { buildpacks: [], stack: 'cflinuxfs3' } },
  });
  const done = await waitFor(side, 'CFBuild', build, org.space, ({ status }) =>
    ['True', 'False'].includes(
      status?.conditions?.find(({ type }: { type: string }) => type === 'Succeeded')?.status,
    ),
  );
  if (!condition(done.status, 'Succeeded')) throw new Error(`the build ${build} failed on ${side.context}`);
  return build;
}

async function makeService(side: Side, org: LiveOrg): Promise<string> {
  const guid = randomUUID();
  const later = isLater(side);
  const made = await side.cluster.create(side.resource('CFServiceInstance'), {
    apiVersion: CF,
    kind: 'CFServiceInstance',
    metadata: { name: guid, namespace: org.space },
    spec: { displayName: 'live-db', type: 'user-provided', secretName: guid, ...(later && { planGuid: '' }) },
  });
  const values = { uri: 'postgres://db.example.com', password: randomUUID() };
  if (later) await secret(side, org.space, guid, { credentials: JSON.stringify(values) }, made);
  else {
    const flat = { type: 'user-provided', ...values };
    await secret(side, org.space, guid, flat, made, 'servicebinding.io/user-provided');
  }
  return guid;
}

async function grant({ cluster, korifi, resource }: Side, { space, user }: LiveOrg): Promise<void> {
  for (const [namespace, role] of [
    [space, 'space-developer'],
    [korifi.rootNamespace, 'root-namespace-user'],
  ] as const) {
    await cluster.create(resource('RoleBinding', RBAC), {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: {
        name: `cf-${user.split('@')[0]}`,
        namespace,
        labels: { 'cloudfoundry.org/role-guid': randomUUID() },
        annotations: { 'cloudfoundry.org/propagate-cf-role': 'false' },
      },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: `korifi-controllers-${role}` },
      subjects: [{ apiGroup: RBAC, kind: 'User', name: user }],
    });
  }
}
