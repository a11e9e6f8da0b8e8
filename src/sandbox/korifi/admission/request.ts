import type { KubeObject } from '../../../base/object.ts';
import type { ApiResource, Cluster } from '../../../cluster/cluster.ts';

/** The part of an AdmissionRequest (admission.k8s.io/v1) that the rules read. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly resource: Pick<ApiResource, 'group' | 'kind'>;
  /** The object as it is to be; absent on DELETE. */
  readonly object?: KubeObject;
  /** As it was; absent on CREATE. */
  readonly oldObject?: KubeObject;
  readonly dryRun: boolean;
}

/** What the webhooks do besides looking: they keep Leases. */
export type LeaseStore = Cluster;

/** The webhooks' refusal, with the body that Korifi's API reads. */
export class Denied extends Error {
  override readonly name = 'Denied';
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}
