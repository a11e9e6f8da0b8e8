import { type ApiCluster, connectCluster } from '../../src/cluster/client.ts';
import { ActivityLog } from '../../src/sandbox/activity.ts';
import { carvelRules } from '../../src/sandbox/carvel/carvel.ts';
import { Controllers } from '../../src/sandbox/controllers/controllers.ts';
import { ImageClient } from '../../src/sandbox/images/client.ts';
import { korifiWebhooks } from '../../src/sandbox/korifi/admission/webhooks.ts';
import { korifiRules } from '../../src/sandbox/korifi/korifi.ts';
import { installAdapter } from '../../src/sandbox/landscape/installation.ts';
import { type LandscapeOptions, populate } from '../../src/sandbox/landscape/populate.ts';
import { Random } from '../../src/sandbox/landscape/random.ts';
import { kubelet } from '../../src/sandbox/platform/kubelet.ts';
import { installPlatform } from '../../src/sandbox/platform/platform.ts';
import { type RealRegistry, startRegistry, startTestbed, type Testbed } from '../testbed/testbed.ts';
import { type Audit, createAudit } from './audit.ts';
import { withServiceNetwork } from './service-network.ts';
import { startWebhookServer } from './webhook-server.ts';

export interface RealFoundationOptions {
  readonly name: string;
  /** What lives there; without it there are only Carvel and kpack: no Korifi, no apps. */
  readonly landscape?: LandscapeOptions;
  /** Without a landscape: Korifi is installed all the same. */
  readonly adapter?: boolean;
  /** A registry that is there already, and is not stopped with the foundation; its own one otherwise. */
  readonly registry?: RealRegistry;
  /** The registry's login; without it anybody may read and write. */
  readonly login?: { readonly username: string; readonly password: string };
}

/**
 * A foundation on a real kube-apiserver with its garbage collector and namespace controller, and a real registry.
 * What the controllers of Carvel, Korifi and kpack do is played by this process, by the sandbox's rules over HTTP;
 * Korifi's admission is a webhook server that the API server calls.
 */
export interface RealFoundation {
  readonly testbed: Testbed;
  readonly registry: RealRegistry;
  readonly cluster: ApiCluster;
  readonly images: ImageClient;
  /** What the played controllers did. */
  readonly activity: ActivityLog;
  /** What the API server was asked to make and to delete. */
  readonly audit: Audit;
  /** Waits until the controllers have nothing to do. @throws Failure `timeout` with what is failing */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** Real Korifi starts at 5 ms, kapp-controller at 2 s; the same growth, in a shorter time. */
const DELAYS = { first: 200, last: 5_000 };
const SETTLED_MS = 120_000;
const RUN_IMAGE_BYTES = 16 * 1024;
const EMPTY = { domain: 'example.com', componentBytes: 4096 };

export async function startRealFoundation(options: RealFoundationOptions): Promise<RealFoundation> {
  const { name, landscape, adapter, login } = options;
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    const audit = await createAudit();
    stops.push(audit.remove);
    const testbed = await startTestbed({ name: `asa-backup-${name}`, apiserverFlags: audit.flags });
    stops.push(testbed.stop);
    const registry = options.registry ?? (await startOwnRegistry(login));
    if (options.registry === undefined) stops.push(registry.stop);
    const cluster = await connectCluster({ kubeconfig: testbed.kubeconfig });
    stops.push(() => cluster.close());
    const webhooks = await startWebhookServer(korifiWebhooks(cluster), testbed.certificates);
    stops.push(webhooks.stop);
    const images = new ImageClient({ host: registry.host, ...(login && { credentials: login }) });
    const activity = new ActivityLog();
    const tools = { images, activity };
    const controllers = new Controllers({
      cluster: withServiceNetwork(cluster, webhooks),
      rules: [...carvelRules(tools), ...korifiRules(tools), ...kubelet(images)],
      delays: DELAYS,
    });
    controllers.start();
    stops.push(() => controllers.stop());
    await installPlatform(cluster, images, { seed: name, runImageBytes: RUN_IMAGE_BYTES });
    if (landscape !== undefined) await populate(cluster, images, landscape);
    else if (adapter) await installAdapter(cluster, images, new Random(name), EMPTY);
    const settle = () => controllers.settle(SETTLED_MS);
    await settle();
    return { testbed, registry, cluster, images, activity, audit, settle, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startOwnRegistry(login: RealFoundationOptions['login']): Promise<RealRegistry> {
  return startRegistry(login && { htpasswd: { user: login.username, password: login.password } });
}
