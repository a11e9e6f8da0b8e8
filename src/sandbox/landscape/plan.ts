import { Random } from './random.ts';

/** One app as its team would describe it. */
export interface AppPlan {
  readonly guid: string;
  readonly name: string;
  /** Successful builds, the last one is the current droplet; none for an app that was never pushed. */
  readonly builds: number;
  /** A push that no buildpack understood, between the good ones. */
  readonly failedBuild: boolean;
  readonly started: boolean;
  readonly web: number;
  readonly worker: number;
  readonly hosts: readonly { readonly host: string; readonly second: boolean; readonly path: string }[];
  /** Names of services in its space. */
  readonly services: readonly string[];
  readonly task: boolean;
  readonly command: string;
}

/** A space with its people, services and apps. */
export interface SpacePlan {
  readonly guid: string;
  readonly name: string;
  readonly developers: readonly string[];
  readonly services: readonly { readonly guid: string; readonly name: string }[];
  readonly apps: readonly AppPlan[];
}

/** An org with its spaces. */
export interface OrgPlan {
  readonly guid: string;
  readonly name: string;
  readonly manager: string;
  readonly spaces: readonly SpacePlan[];
}

const COMMANDS = [
  'java org.springframework.boot.loader.JarLauncher',
  'node server.js',
  'bundle exec puma -C config/puma.rb',
  'gunicorn app:app',
  './api-server',
] as const;

/** Teams, their spaces, and the apps they run there; a bigger landscape has more of them with a number behind. */
const TEAMS: readonly { org: string; manager: string; spaces: readonly string[]; apps: readonly string[] }[] =
  [
    {
      org: 'retail',
      manager: 'priya',
      spaces: ['production', 'staging'],
      apps: ['storefront', 'catalog-api', 'search', 'cart', 'recommendations', 'image-resizer', 'loyalty'],
    },
    {
      org: 'payments',
      manager: 'tomas',
      spaces: ['production', 'staging', 'sandbox'],
      apps: ['checkout', 'ledger', 'fraud-scoring', 'invoice-renderer', 'webhooks', 'payout-scheduler'],
    },
    {
      org: 'data-platform',
      manager: 'ines',
      spaces: ['production', 'experiments'],
      apps: ['ingest-gateway', 'event-router', 'report-builder', 'dashboards', 'feature-store'],
    },
  ];

/** The same landscape for the same seed, with about this many apps. */
export function planLandscape(seed: string, apps: number): OrgPlan[] {
  const random = new Random(seed);
  const spaces = TEAMS.reduce((sum, team) => sum + team.spaces.length, 0);
  let left = apps;
  let spacesLeft = spaces;
  return TEAMS.map(team => ({
    guid: `cf-org-${random.for(team.org).guid()}`,
    name: team.org,
    manager: `${team.manager}@example.com`,
    spaces: team.spaces.map(space => {
      const share = Math.ceil(left / spacesLeft);
      left -= share;
      spacesLeft -= 1;
      return planSpace(random.for(`${team.org}/${space}`), space, team.apps, share);
    }),
  }));
}

function planSpace(random: Random, name: string, names: readonly string[], apps: number): SpacePlan {
  const services = ['orders-db', 'mail-relay'].map(service => ({
    guid: random.for(service).guid(),
    name: service,
  }));
  return {
    guid: `cf-space-${random.guid()}`,
    name,
    developers: [
      'alice@example.com',
      random.pick(['bilal@example.com', 'chen@example.com', 'dora@example.com']),
    ],
    services,
    apps: Array.from({ length: apps }, (_, index) => {
      const round = Math.floor(index / names.length);
      const app = `${names[index % names.length]}${round === 0 ? '' : `-${round + 1}`}`;
      return planApp(random.for(app), app, name, index, services);
    }),
  };
}

/** The first apps of a space are of every sort; the others are drawn. */
function planApp(
  random: Random,
  name: string,
  space: string,
  index: number,
  services: SpacePlan['services'],
): AppPlan {
  const neverPushed = index === 4 || (index === 1 && ['sandbox', 'experiments'].includes(space));
  const started = !neverPushed && index !== 2;
  const host = space === 'production' ? name : `${name}-${space}`;
  return {
    guid: random.guid(),
    name,
    builds: neverPushed ? 0 : 1 + (index % 3 === 1 ? 2 : random.below(2)),
    failedBuild: index % 4 === 3,
    started,
    web: 1 + random.below(4),
    worker: index % 2 === 0 ? random.below(3) : 0,
    hosts: neverPushed
      ? []
      : [
          { host, second: false, path: '' },
          ...(index % 3 === 0 ? [{ host, second: true, path: '/v2' }] : []),
        ],
    services:
      index % 2 === 0 ? services.slice(0, 1 + (index % 4 === 0 ? 1 : 0)).map(service => service.name) : [],
    task: started && index % 5 === 0,
    command: random.pick(COMMANDS),
  };
}
