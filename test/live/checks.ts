import type { KubeObject } from '../../src/base/object.ts';
import { CATALOG } from '../../src/foundation/catalog.ts';
import { parseReference } from '../../src/registry/reference.ts';
import type { LiveOrg } from './org.ts';
import type { Side } from './stage.ts';

const KINDS = [
  'CFApp',
  'CFProcess',
  'CFPackage',
  'CFBuild',
  'CFRoute',
  'CFServiceInstance',
  'CFServiceBinding',
];
const NAMED = ['CFOrg', 'CFSpace', 'CFApp', 'CFRoute', 'CFServiceInstance', 'CFServiceBinding'];
const KEY = 'coordination.cloudfoundry.org';

/** All objects of the org on one side, by kind. */
async function objectsOf(side: Side, org: LiveOrg): Promise<Map<string, KubeObject[]>> {
  const namespaces = [org.guid, org.space];
  const found = new Map<string, KubeObject[]>();
  for (const kind of KINDS) found.set(kind, await side.list(kind, namespaces));
  const orgs = await side.list('CFOrg', [side.korifi.rootNamespace]);
  found.set(
    'CFOrg',
    orgs.filter(({ metadata }) => metadata.name === org.guid),
  );
  found.set('CFSpace', await side.list('CFSpace', [org.guid]));
  found.set('Secret', await side.list('Secret', namespaces, ''));
  return found;
}

/** What is wrong with the org on the target, in words; none when the restore was right. */
export async function check(source: Side, target: Side, org: LiveOrg, withTasks: boolean): Promise<string[]> {
  const [from, to] = await Promise.all([objectsOf(source, org), objectsOf(target, org)]);
  return [
    ...missing(from, to),
    ...droplets(from, to),
    ...states(from, to),
    ...(await nothingRan(target, org)),
    ...(await tasks(source, target, org, withTasks)),
    ...(await leases(target, org, to)),
    ...owners(to),
    ...(await images(target, to)),
  ];
}

function missing(from: Map<string, KubeObject[]>, to: Map<string, KubeObject[]>): string[] {
  return [...KINDS, 'CFOrg', 'CFSpace'].flatMap(kind => {
    const there = new Set((to.get(kind) ?? []).map(({ metadata }) => metadata.name));
    const lacks = (from.get(kind) ?? []).filter(({ metadata }) => !there.has(metadata.name));
    return lacks.map(({ metadata }) => `${kind} ${metadata.name} is missing`);
  });
}

function droplets(from: Map<string, KubeObject[]>, to: Map<string, KubeObject[]>): string[] {
  const image = (build: KubeObject | undefined) => build?.status?.droplet?.registry?.image?.split('@')[1];
  return (from.get('CFBuild') ?? []).flatMap(build => {
    const restored = to.get('CFBuild')?.find(({ metadata }) => metadata.name === build.metadata.name);
    if (image(restored) !== image(build))
      return [`the droplet of build ${build.metadata.name} is another one`];
    const state = restored?.metadata.labels?.['korifi.cloudfoundry.org/build-state'];
    return restored?.status?.state === undefined || state === restored.status.state
      ? []
      : [`the build ${build.metadata.name} has the state ${restored.status.state} and the label ${state}`];
  });
}

function states(from: Map<string, KubeObject[]>, to: Map<string, KubeObject[]>): string[] {
  const isReady = ({ status }: KubeObject) =>
    status?.conditions?.some(
      ({ type, status: is }: { type: string; status: string }) => type === 'Ready' && is === 'True',
    );
  return (from.get('CFApp') ?? []).flatMap(app => {
    const restored = to.get('CFApp')?.find(({ metadata }) => metadata.name === app.metadata.name);
    const name = `the app ${app.spec.displayName}`;
    if (restored === undefined) return [];
    if (restored.spec.desiredState !== app.spec.desiredState)
      return [`${name} is ${restored.spec.desiredState}`];
    return isReady(app) && !isReady(restored) ? [`${name} is not ready`] : [];
  });
}

async function nothingRan(target: Side, org: LiveOrg): Promise<string[]> {
  const ran = { BuildWorkload: 'staged', TaskWorkload: 'run as a task' };
  const found: string[] = [];
  for (const [kind, what] of Object.entries(ran)) {
    for (const { metadata } of await target.list(kind, [org.space]))
      found.push(`${kind} ${metadata.name} was ${what}`);
  }
  for (const { metadata } of await target.list('Job', [org.space], 'batch'))
    found.push(`Job ${metadata.name} ran`);
  return found;
}

/** Tasks stay out, or are what they were, and will not be run by whatever happens. */
async function tasks(source: Side, target: Side, { space }: LiveOrg, wanted: boolean): Promise<string[]> {
  const [was, is] = await Promise.all([source, target].map(side => side.list('CFTask', [space])));
  const outcome = ({ status }: KubeObject) =>
    ['Succeeded', 'Failed'].filter(type =>
      status?.conditions?.some(
        (one: { type: string; status: string }) => one.type === type && one.status === 'True',
      ),
    );
  const problems = (is ?? []).flatMap(({ metadata, spec }) =>
    wanted && spec.canceled === true ? [] : [`CFTask ${metadata.name} is there, and might run`],
  );
  for (const task of wanted ? (was ?? []) : []) {
    const { name } = task.metadata;
    const restored = is?.find(({ metadata }) => metadata.name === name);
    const same = restored && outcome(restored).join() === outcome(task).join();
    if (!same) problems.push(`CFTask ${name} ${restored ? 'ended otherwise' : 'is missing'}`);
  }
  return problems;
}

/** Every name is held once, by the object that has it. */
async function leases(target: Side, org: LiveOrg, objects: Map<string, KubeObject[]>): Promise<string[]> {
  const spaces = [target.korifi.rootNamespace, org.guid, org.space];
  const all = await target.list('Lease', spaces, 'coordination.k8s.io');
  return NAMED.flatMap(kind =>
    (objects.get(kind) ?? []).flatMap(({ metadata }) => {
      const held = all.filter(
        ({ metadata: { annotations } }) => annotations?.[`${KEY}/owner-name`] === metadata.name,
      );
      return held.length === 1 ? [] : [`${kind} ${metadata.name} holds ${held.length} names`];
    }),
  );
}

/** Nothing has an owner that is not there: the garbage collector would come for it. */
function owners(objects: Map<string, KubeObject[]>): string[] {
  const all = [...objects.values()].flat();
  const alive = new Set(all.map(({ metadata }) => metadata.uid));
  return all.flatMap(({ kind, metadata }) =>
    (metadata.ownerReferences ?? [])
      .filter(owner => owner.kind.startsWith('CF') && !alive.has(owner.uid))
      .map(owner => `${kind} ${metadata.name} has an owner that does not exist: ${owner.kind} ${owner.name}`),
  );
}

/** Images of the org that are not to be had on this side. */
export async function lostImages(side: Side, org: LiveOrg): Promise<string[]> {
  return images(side, await objectsOf(side, org));
}

async function images(target: Side, objects: Map<string, KubeObject[]>): Promise<string[]> {
  const named = [
    ...(objects.get('CFPackage') ?? []).map(({ spec }) => spec.source?.registry?.image),
    ...(objects.get('CFBuild') ?? []).map(({ status }) => status?.droplet?.registry?.image),
  ].filter(image => typeof image === 'string');
  const gone: string[] = [];
  for (const image of new Set(named)) {
    if ((await target.registries.hasManifest(parseReference(image))) === undefined)
      gone.push(`${image} cannot be pulled`);
  }
  return gone;
}

/** The UIDs of everything in the org, to see later whether it is still the same. */
export async function identities(side: Side, org: LiveOrg): Promise<Set<string>> {
  const objects = [...(await objectsOf(side, org)).values()].flat();
  return new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.uid}`));
}

/** These namespaces and what is in them, with UIDs: the same before a restore and after its undo. */
export async function surroundings(side: Side, namespaces: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const { group, kind, namespaced } of CATALOG) {
    if (!namespaced && kind !== 'Namespace') continue;
    for (const { metadata } of await side.list(kind, namespaced ? namespaces : [''], group)) {
      if (namespaced || namespaces.includes(metadata.name))
        found.add(`${kind} ${metadata.namespace ?? ''}/${metadata.name} ${metadata.uid}`);
    }
  }
  return found;
}
