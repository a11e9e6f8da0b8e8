import type { Cluster } from '../../cluster/cluster.ts';
import { Access, type Authorizer, type User } from './access.ts';
import type { AdmissionHook } from './admission.ts';
import { Api } from './api.ts';
import { Background } from './background.ts';
import type { Interceptor } from './call.ts';
import { Definitions } from './definitions.ts';
import { Kinds } from './kinds.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { listen, urlOf } from './listener.ts';
import { LocalCluster } from './local.ts';
import { Namespaces } from './namespaces.ts';
import { Objects } from './objects.ts';
import { Owners } from './owners.ts';
import type { Change, Storage } from './storage.ts';

export interface ApiServerOptions {
  /** Name of the context, cluster and user in the kubeconfig; `embedded` otherwise. */
  readonly context?: string;
  /** A free one otherwise. */
  readonly port?: number;
  /** Who may log in; without them everybody may do everything. */
  readonly users?: readonly User[];
  readonly authorize?: Authorizer;
  /** How long the server's own controllers wait before they act (garbage collection, namespaces, definitions). */
  readonly controllerDelayMs?: number;
  /** Stands between the connection and the API, over HTTP only. */
  readonly intercept?: Interceptor;
}

/** A running API server. */
export interface ApiServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly storage: Storage;
  /** YAML of a kubeconfig for one of the users, the first otherwise. */
  kubeconfig(user?: string): string;
  /** The same objects without HTTP, and without asking who asks. */
  local(): Cluster;
  /** A webhook within this process. Returns how to take it away. */
  admit(hook: AdmissionHook): () => void;
  /** Told of every write, once it is stored. Returns how to stop listening. */
  onChange(listener: (change: Change) => void): () => void;
  /** Waits for the server's own controllers (garbage collection, namespaces, definitions); false when they were idle. */
  rest(): Promise<boolean>;
  /** As after etcd's compaction: lists that are being read begin anew. */
  expireLists(): void;
  stop(): Promise<void>;
}

/**
 * Starts an API server in this process: objects in memory, the protocol as kubectl and this program speak it, the
 * rules of Kubernetes 1.34 where a backup meets them. It has no scheduler, kubelet or workload controllers.
 */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const objects = new Objects();
  const kinds = new Kinds();
  const background = new Background(options.controllerDelayMs ?? 20);
  new Definitions(objects, kinds, background);
  new Owners(objects, kinds, background);
  await new Namespaces(objects, kinds, background).createInitial();
  const api = new Api(objects, kinds, new Access(options.users, options.authorize));
  const { context = 'embedded', intercept } = options;
  const answer = intercept === undefined ? api.answer.bind(api) : intercepted(api, intercept);
  const listener = await listen(answer, options.port ?? 0);
  const url = urlOf(listener);
  return {
    url,
    storage: objects.storage,
    kubeconfig: name => kubeconfigText(context, url, options.users, name),
    local: () => new LocalCluster(context, url, objects, kinds),
    admit: hook => objects.admission.register(hook),
    onChange: listener => objects.storage.onChange(listener),
    rest: () => background.rest(),
    expireLists: () => objects.pages.expire(),
    stop: async () => {
      background.stop();
      listener.closeAllConnections();
      await new Promise(resolve => listener.close(resolve));
    },
  };
}

function intercepted(api: Api, intercept: Interceptor): Api['answer'] {
  return call => intercept(call, inner => api.answer(inner));
}
