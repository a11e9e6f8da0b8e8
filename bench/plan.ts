/** `node bench/plan.ts NUMBER`: the graph and the waves of so many objects that refer to each other as those of apps do. */
import { idOf, type KubeObject } from '../src/base/object.ts';
import { descriptorOf } from '../src/foundation/catalog.ts';
import { referencesOf } from '../src/foundation/references.ts';
import { planWaves, type WaveItem } from '../src/foundation/waves.ts';

const GROUP = 'korifi.cloudfoundry.org';
const APPS_IN_A_SPACE = 50;

const objects = Number(process.argv[2]);
const items: WaveItem[] = [];
for (let app = 0; items.length < objects; app++) items.push(...suite(app).map(itemOf));
const started = performance.now();
const waves = planWaves(items.slice(0, objects));
const seconds = (performance.now() - started) / 1000;
console.log(JSON.stringify({ objects, waves: waves.length, seconds }));

/** An app with its process, package, build and route. */
function suite(app: number): KubeObject[] {
  const namespace = `space-${Math.floor(app / APPS_IN_A_SPACE)}`;
  const appRef = { name: `app-${app}` };
  const made = (kind: string, name: string, spec: object, status?: object): KubeObject => ({
    apiVersion: `${GROUP}/v1alpha1`,
    kind,
    metadata: { name, namespace, creationTimestamp: new Date(1.7e12 + 1000 * app).toISOString() },
    spec,
    ...(status && { status }),
  });
  const droplet = { droplet: { registry: { image: `registry.example.com/app-${app}` } } };
  return [
    made('CFApp', `app-${app}`, { currentDropletRef: { name: `build-${app}` }, envSecretName: `env-${app}` }),
    made('CFProcess', `process-${app}`, { appRef }),
    made('CFPackage', `package-${app}`, { appRef }),
    made('CFBuild', `build-${app}`, { appRef, packageRef: { name: `package-${app}` } }, droplet),
    made('CFRoute', `route-${app}`, { destinations: [{ appRef }] }),
  ];
}

function itemOf(object: KubeObject): WaveItem {
  const descriptor = descriptorOf(GROUP, object.kind);
  if (descriptor === undefined) throw new Error(`the catalog has no ${object.kind}`);
  return {
    id: idOf(object),
    descriptor,
    references: referencesOf(descriptor, object),
    startWanted: object.kind === 'CFApp',
    statusWanted: object.status !== undefined,
    ...(object.metadata.creationTimestamp && { createdAt: object.metadata.creationTimestamp }),
  };
}
