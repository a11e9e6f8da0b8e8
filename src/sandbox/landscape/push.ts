import type { KubeObject } from '../../base/object.ts';
import { conditionOf, isTrue } from '../controllers/conditions.ts';
import { ownedBy } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { LABEL } from '../korifi/names.ts';
import { until } from '../platform/until.ts';
import { encoded, type KorifiUser, make, pushPackage } from './korifi-user.ts';
import type { AppPlan, SpacePlan } from './plan.ts';

/** `cf push` and what follows it in the life of an app, until it is as planned. */
export async function pushApp(user: KorifiUser, space: SpacePlan, plan: AppPlan): Promise<void> {
  const app = await createApp(user, space.guid, plan);
  for (const name of plan.services) {
    const service = space.services.find(candidate => candidate.name === name);
    if (service !== undefined) await bind(user, space.guid, plan, service.guid);
  }
  let droplet: string | undefined;
  for (let push = 0; push < plan.builds; push++) {
    if (plan.failedBuild && push === plan.builds - 1)
      await build(user, space.guid, plan, `failed ${push}`, false);
    droplet = await build(user, space.guid, plan, `push ${push}`, true);
  }
  if (droplet === undefined) return;
  const name = app.metadata.name;
  const merge = (spec: object) =>
    user.cluster.patch(KINDS.CFApp, space.guid, name, { type: 'merge', body: { spec } });
  await merge({ currentDropletRef: { name: droplet } });
  await scale(user, space.guid, plan);
  for (const { host, path, second } of plan.hosts) {
    await route(user, space.guid, plan, host, path, user.domains[second ? 1 : 0]);
  }
  if (!plan.started) return;
  await merge({ desiredState: 'STARTED' });
  if (plan.task) await runTask(user, space.guid, plan);
}

async function createApp(user: KorifiUser, namespace: string, plan: AppPlan): Promise<KubeObject> {
  const { guid, name } = plan;
  const app = await make(user, KINDS.CFApp, {
    metadata: {
      name: guid,
      namespace,
      labels: { tier: name.includes('-') ? 'backend' : 'frontend' },
      annotations: { contact: `${name}-team@example.com` },
    },
    spec: {
      displayName: name,
      desiredState: 'STOPPED',
      envSecretName: `${guid}-env`,
      lifecycle: { type: 'buildpack', data: { buildpacks: [], stack: 'cflinuxfs3' } },
    },
  });
  const env = { LOG_LEVEL: 'info', APP_NAME: name, API_TOKEN: user.random.for(guid).word(24) };
  await make(user, KINDS.Secret, {
    metadata: {
      name: `${guid}-env`,
      namespace,
      labels: { [LABEL.appGuid]: guid },
      ownerReferences: [ownedBy(app)],
    },
    type: 'Opaque',
    data: encoded(env),
  });
  return app;
}

/** One push: package and build, waited for. The build's GUID. */
async function build(
  user: KorifiUser,
  namespace: string,
  plan: AppPlan,
  push: string,
  good: boolean,
): Promise<string> {
  const random = user.random.for(`${plan.guid} ${push}`);
  const source = random.guid();
  const guid = random.guid();
  const procfile = `web: ${plan.command}\n${plan.worker > 0 ? `worker: ${plan.command} --worker\n` : ''}`;
  await pushPackage(user, { guid: plan.guid, namespace }, source, good ? { Procfile: procfile } : {});
  await make(user, KINDS.CFBuild, {
    metadata: { name: guid, namespace },
    spec: {
      appRef: { name: plan.guid },
      packageRef: { name: source },
      stagingMemoryMB: 1024,
      stagingDiskMB: 1024,
      lifecycle: { type: 'buildpack', data: { buildpacks: [], stack: 'cflinuxfs3' } },
    },
  });
  await until(user.cluster, KINDS.CFBuild, namespace, guid, made => {
    const status = conditionOf(made, 'Succeeded')?.status;
    return status === 'True' || status === 'False';
  });
  return guid;
}

async function scale(user: KorifiUser, namespace: string, plan: AppPlan): Promise<void> {
  const types = { web: plan.web, ...(plan.worker > 0 && { worker: plan.worker }) };
  for (const [type, desiredInstances] of Object.entries(types)) {
    const name = user.release.processName(plan.guid, type);
    await until(user.cluster, KINDS.CFProcess, namespace, name, () => true);
    const memoryMB = 256 * (1 + user.random.for(name).below(4));
    const health = type === 'web' ? { healthCheck: { type: 'port', data: { timeoutSeconds: 60 } } } : {};
    const body = { spec: { desiredInstances, memoryMB, ...health } };
    await user.cluster.patch(KINDS.CFProcess, namespace, name, { type: 'merge', body });
  }
}

async function bind(user: KorifiUser, namespace: string, plan: AppPlan, service: string): Promise<void> {
  await make(user, KINDS.CFServiceBinding, {
    metadata: { name: user.random.for(`${plan.guid} bound to ${service}`).guid(), namespace },
    spec: {
      service: { apiVersion: 'korifi.cloudfoundry.org/v1alpha1', kind: 'CFServiceInstance', name: service },
      appRef: { name: plan.guid },
      ...(user.release.patching && { type: 'app', parameters: {} }),
    },
  });
}

async function route(
  user: KorifiUser,
  namespace: string,
  plan: AppPlan,
  host: string,
  path: string,
  domain: string,
): Promise<void> {
  const random = user.random.for(`route ${host}.${domain}${path} in ${namespace}`);
  const to = {
    guid: random.guid(),
    appRef: { name: plan.guid },
    processType: 'web',
    port: 8080,
    protocol: 'http1',
  };
  await make(user, KINDS.CFRoute, {
    metadata: { name: random.guid(), namespace },
    spec: {
      host,
      path,
      protocol: 'http',
      domainRef: { name: domain, namespace: user.rootNamespace },
      destinations: [to],
    },
  });
}

async function runTask(user: KorifiUser, namespace: string, plan: AppPlan): Promise<void> {
  const name = user.random.for(`task of ${plan.guid}`).guid();
  await make(user, KINDS.CFTask, {
    metadata: { name, namespace },
    spec: { appRef: { name: plan.guid }, command: 'bin/migrate --all', canceled: false },
  });
  await until(user.cluster, KINDS.CFTask, namespace, name, task => isTrue(task, 'Succeeded'));
}
