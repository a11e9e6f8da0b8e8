import type { FieldDifference } from './parts.ts';

/** An object, and what people call it where that is not its name. */
export interface NamedObject {
  /** `Kind namespace/name` */
  subject: string;
  name?: string;
}

/** What an archive and a live foundation have differently. */
export interface DiffResult {
  file: string;
  context: string;
  /** In the archive only. */
  missing: NamedObject[];
  /** In the cluster only, of what an export would take. */
  extra: NamedObject[];
  different: (NamedObject & { fields: readonly FieldDifference[] })[];
  /** Images that are not where the restored objects look for them. */
  images: { reference: string; at: string }[];
  /** Objects on both sides that are the same. */
  same: number;
  /** What no restore brings back, and why; that it is not in the cluster is no difference. */
  leftOut: { subject: string; reason: string }[];
  seconds: number;
}

/** What a live foundation is made of, each by name. */
export interface ListResult {
  /** Name of the kubeconfig's context. */
  context: string;
  server: string;
  orgs: readonly {
    name: string;
    guid: string;
    spaces: readonly {
      name: string;
      guid: string;
      /** `STARTED` or `STOPPED`, as their users want them. */
      apps: readonly { name: string; guid: string; state: string }[];
    }[];
  }[];
  packages: readonly { namespace: string; name: string; package: string; version?: string }[];
}
