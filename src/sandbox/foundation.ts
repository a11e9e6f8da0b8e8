import type { Cluster } from '../cluster/cluster.ts';
import { ActivityLog } from './activity.ts';
import { type ApiServer, type ApiServerOptions, startApiServer } from './apiserver/server.ts';
import { carvelRules } from './carvel/carvel.ts';
import { collections } from './collections.ts';
import type { BackoffDelays } from './controllers/backoff.ts';
import { Controllers } from './controllers/controllers.ts';
import type { Rule } from './controllers/rule.ts';
import { ImageClient } from './images/client.ts';
import { korifiWebhooks } from './korifi/admission/webhooks.ts';
import { korifiRules } from './korifi/korifi.ts';
import { installWithHelm } from './landscape/helm.ts';
import { type LandscapeOptions, populate } from './landscape/populate.ts';
import { kubelet } from './platform/kubelet.ts';
import { installPlatform } from './platform/platform.ts';
import {
  type SandboxRegistry,
  type SandboxRegistryOptions,
  startSandboxRegistry,
} from './registry/server.ts';

/** What kind of foundation to start. */
export interface FoundationOptions {
  /** Name of the kubeconfig's context. */
  readonly name: string;
  /** What lives there; without it the foundation is empty: Carvel and kpack, no Korifi, no apps. */
  readonly landscape?: LandscapeOptions;
  /** Without a landscape: current Korifi is installed all the same. */
  readonly korifi?: 'current';
  /** The registry's login; without it anybody may read and write. */
  readonly login?: { readonly username: string; readonly password: string };
  /** More of the two servers: who may do what, faults for tests. */
  readonly servers?: {
    readonly api?: Omit<ApiServerOptions, 'context'>;
    readonly registry?: Omit<SandboxRegistryOptions, 'login'>;
  };
  /** Which controllers run; those of Carvel, Korifi and kpack otherwise. */
  readonly rules?: (tools: Tools) => Rule[];
  /** How long controllers leave alone what they failed on and are not woken for. */
  readonly retry?: BackoffDelays;
}

/** What controllers have besides the cluster. */
interface Tools {
  readonly images: ImageClient;
  readonly activity: ActivityLog;
}

/** A whole foundation in this process: API server, registry, and the controllers of Carvel, Korifi and kpack. */
export interface EmbeddedFoundation {
  readonly name: string;
  /** YAML. */
  readonly kubeconfig: string;
  readonly server: ApiServer;
  readonly registry: SandboxRegistry;
  /** The same objects without HTTP. */
  readonly cluster: Cluster;
  readonly images: ImageClient;
  readonly activity: ActivityLog;
  /** Waits until no controller, the server's own included, has anything to do. @throws Failure `timeout` with what fails */
  settle(deadline?: number): Promise<void>;
  stop(): Promise<void>;
}

/** Rules that retry: real Korifi starts at 5 ms, kapp-controller at 2 s; the same growth, in a shorter time. */
const RETRY: BackoffDelays = { first: 100, last: 60_000 };

/** Shared bytes of a droplet for each of its own, so that about 60 % of all droplets' bytes are shared. */
const SHARED = 2.9;
const EMPTY_RUN_IMAGE = 64 * 1024;

function allRules(tools: Tools): Rule[] {
  return [...carvelRules(tools), ...korifiRules(tools), ...kubelet(tools.images)];
}

/** Starts a foundation and waits until it has settled. @throws Failure `timeout` when it does not */
export async function startFoundation(options: FoundationOptions): Promise<EmbeddedFoundation> {
  const { name, landscape, login, servers } = options;
  const server = await startApiServer({ ...servers?.api, context: name });
  const registry = await startSandboxRegistry({ ...servers?.registry, ...(login && { login }) });
  const cluster = server.local();
  const images = new ImageClient({ host: registry.host, ...(login && { credentials: login }) });
  const activity = new ActivityLog();
  const tools = { images, activity };
  server.onChange(collections(activity));
  for (const webhook of korifiWebhooks(cluster)) server.admit(webhook);
  const controllers = new Controllers({
    cluster,
    rules: (options.rules ?? allRules)(tools),
    delays: options.retry ?? RETRY,
    onChange: listener => server.onChange(listener),
  });
  controllers.start();
  const foundation: EmbeddedFoundation = {
    name,
    kubeconfig: server.kubeconfig(),
    server,
    registry,
    cluster,
    images,
    activity,
    settle: async deadline => {
      do await controllers.settle(deadline);
      while (await server.rest());
    },
    stop: async () => {
      await controllers.stop();
      await Promise.all([server.stop(), registry.stop()]);
    },
  };
  try {
    const runImageBytes = landscape === undefined ? EMPTY_RUN_IMAGE : Math.ceil(landscape.appBytes * SHARED);
    await installPlatform(cluster, images, { seed: name, runImageBytes });
    if (landscape !== undefined) await populate(cluster, images, landscape);
    else if (options.korifi === 'current') await installWithHelm(cluster, images, { domain: 'example.com' });
    await foundation.settle();
  } catch (error) {
    await foundation.stop();
    throw error;
  }
  return foundation;
}
