import type { KindDescriptor } from '../descriptor.ts';
import { derived, KORIFI, korifi, SECRET } from './common.ts';

const CF = { group: KORIFI, versions: ['v1alpha1'], namespaced: true, keep: 'all', showsAge: true } as const;
const APP_REF = {
  path: 'spec.appRef.name',
  to: [korifi('CFApp')],
  order: 'before',
  brings: 'both',
} as const;

function annotation(name: string): string {
  return `metadata.annotations["korifi.cloudfoundry.org/${name}"]`;
}

/** The pull secret of a private docker image has the name of its package. */
const OWN_PULL_SECRET = { to: [SECRET], order: 'before', optional: true } as const;

/** Apps and what they are made of. */
export const WORKLOADS: readonly KindDescriptor[] = [
  {
    ...CF,
    kind: 'CFApp',
    plural: 'cfapps',
    role: 'truth',
    meaning: 'an app',
    // Another revision has Korifi make the app's instances anew.
    immutable: ['spec.lifecycle.type', ...['app-rev', 'last-stop-app-rev'].map(annotation)],
    uniqueName: ['spec.displayName'],
    references: [
      { path: 'spec.envSecretName', to: [SECRET], order: 'before' },
      { path: 'spec.currentDropletRef.name', to: [korifi('CFBuild')], order: 'free' },
    ],
    see: 'the events and logs of its instances, and its conditions',
    start: {
      path: 'spec.desiredState',
      createAs: 'STOPPED',
      startAs: 'STARTED',
      optional: true,
      after: [
        korifi('CFServiceInstance'),
        korifi('CFProcess'),
        korifi('CFBuild'),
        korifi('CFPackage'),
        korifi('CFServiceBinding'),
        { ...korifi('CFServiceBinding'), step: 'touch' },
        korifi('CFRoute'),
      ],
      ready: ['Ready'],
      readyFirst: true,
    },
    readyWith: [korifi('CFBuild')],
    remark:
      'created stopped, with its current droplet named although that is not there yet, so that no cleaner takes it ' +
      'for superfluous; started last, once Korifi has found its droplet',
  },
  {
    ...CF,
    kind: 'CFProcess',
    plural: 'cfprocesses',
    role: 'truth',
    meaning: 'a process type of an app: command, instances, memory, health check',
    references: [APP_REF],
    relinkOwners: ['CFApp'],
    undo: { afterOwner: true, because: 'Korifi makes it again as long as its app is there' },
    remark: 'before any droplet, since Korifi makes default processes for a droplet that has none',
  },
  {
    ...CF,
    kind: 'CFBuild',
    plural: 'cfbuilds',
    role: 'truth',
    meaning: 'a build, and in its status the droplet that came out of it',
    references: [
      APP_REF,
      { path: 'spec.packageRef.name', to: [korifi('CFPackage')], order: 'after' },
      { path: 'spec.packageRef.name', ...OWN_PULL_SECRET },
      {
        path: 'status.droplet.registry.imagePullSecrets[].name',
        to: [SECRET],
        order: 'before',
        except: 'registry-secrets',
        optional: true,
      },
    ],
    images: [{ path: 'status.droplet.registry.image' }],
    pullSecretPaths: ['status.droplet.registry.imagePullSecrets[].name'],
    relinkOwners: ['CFApp'],
    after: [korifi('CFProcess')],
    status: {
      fields: ['droplet', 'state', 'conditions'],
      afterFirstPass: 'observedGeneration',
      hold: ['Succeeded', 'Staging'],
      decidedBy: ['Succeeded'],
    },
    touch: {
      after: [korifi('CFPackage')],
      because: 'Korifi 0.8 does not watch packages for builds',
    },
    undo: { afterOwner: true, because: 'its app would fail over the missing droplet' },
    oldestFirst: true,
    remark:
      'its status is written while its package is missing, after the controller has failed over that once: so it ' +
      'is never staged again. Builds that were still running are left out.',
  },
  {
    ...CF,
    kind: 'CFPackage',
    plural: 'cfpackages',
    role: 'truth',
    meaning: 'the uploaded source of an app, or its docker image',
    immutable: ['spec.type'],
    references: [
      APP_REF,
      { path: 'metadata.name', ...OWN_PULL_SECRET },
      {
        path: 'spec.source.registry.imagePullSecrets[].name',
        to: [SECRET],
        order: 'before',
        except: 'registry-secrets',
        optional: true,
      },
    ],
    images: [{ path: 'spec.source.registry.image' }],
    pullSecretPaths: ['spec.source.registry.imagePullSecrets[].name'],
    relinkOwners: ['CFApp'],
    after: [korifi('CFBuild')],
    oldestFirst: true,
    undo: {
      afterOwner: true,
      dropFinalizers: true,
      because: 'Korifi would delete its image, also where the source has it in the same registry',
    },
    ready: ['Ready'],
    see: 'the logs of korifi-controllers-controller-manager',
    remark:
      'Korifi deletes the image with the package: never delete one of two foundations that share a registry prefix',
  },
  {
    ...CF,
    kind: 'CFTask',
    plural: 'cftasks',
    role: 'truth',
    meaning: 'one run of a task: what was run, and how it ended',
    onDemand: 'tasks',
    createWith: { canceled: true },
    ignoreInComparison: ['spec.canceled'],
    references: [
      APP_REF,
      {
        path: 'status.dropletRef.name',
        to: [korifi('CFBuild')],
        order: 'free',
        optional: true,
        brings: 'neither',
      },
    ],
    relinkOwners: ['CFApp'],
    after: [{ ...korifi('CFBuild'), step: 'touch' }],
    status: {
      fields: ['conditions', 'memoryMB', 'diskQuotaMB', 'dropletRef'],
      afterFirstPass: 'observedGeneration',
      hold: ['Succeeded', 'Failed'],
      decidedBy: ['Succeeded', 'Failed'],
      decidedAs: ['True'],
      expires: true,
    },
    remark:
      'comes back with `--tasks history` only, as what has ended: a task that is made again would run again, even when ' +
      'its status says that it has succeeded, so it is made canceled, which nothing undoes. One that still ran is left ' +
      'out. Its number is a new one, and Korifi deletes it when it is old (30 days unless configured).',
  },
  derived(KORIFI, 'v1alpha1', 'AppWorkload', 'appworkloads', {
    meaning: 'the request to run a process',
    because: 'made by Korifi from the CFProcess of a started app',
  }),
  derived(KORIFI, 'v1alpha1', 'BuildWorkload', 'buildworkloads', {
    meaning: 'the request to build a package',
    because: 'made by Korifi from a CFBuild; a restored one would stage the app again',
  }),
  derived(KORIFI, 'v1alpha1', 'TaskWorkload', 'taskworkloads', {
    meaning: 'the request to run a task',
    because: 'made by Korifi from a CFTask; a restored one would run the task again',
  }),
  derived(KORIFI, 'v1alpha1', 'BuilderInfo', 'builderinfos', {
    meaning: 'the buildpacks and stacks on offer',
    because: 'made by the installation and filled in by Korifi',
  }),
  derived(KORIFI, 'v1alpha1', 'BuildReconcilerInfo', 'buildreconcilerinfos', {
    meaning: 'the predecessor of BuilderInfo in Korifi 0.2',
    because: 'made by the installation and filled in by Korifi',
  }),
  derived(KORIFI, 'v1alpha1', 'RunnerInfo', 'runnerinfos', {
    meaning: 'what the runner can do',
    because: 'made by the installation and filled in by Korifi',
  }),
];
