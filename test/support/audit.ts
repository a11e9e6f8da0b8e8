import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Run } from '../testbed/run.ts';

/** One write that an API server answered. */
interface AuditedWrite {
  readonly verb: 'create' | 'delete' | 'deletecollection';
  /** Plural. */
  readonly resource: string;
  /** `namespace/name`. */
  readonly subject: string;
  readonly userAgent: string;
  /** HTTP status. */
  readonly code: number;
}

/** An API server's own record of what was ever made and deleted, which tells of objects that are gone by then too. */
export interface Audit {
  /** For kube-apiserver's command line. */
  readonly flags: readonly string[];
  /** In the order in which they were answered; dry runs are none. */
  writes(): Promise<AuditedWrite[]>;
  remove(): Promise<void>;
}

/** An event of audit.k8s.io/v1, as far as it is read. */
interface AuditEvent {
  readonly verb: AuditedWrite['verb'];
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly objectRef?: { readonly resource: string; readonly namespace?: string; readonly name?: string };
  readonly responseStatus?: { readonly code: number };
}

const POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', verbs: ['create', 'delete', 'deletecollection'] }, { level: 'None' }],
};

export async function createAudit(): Promise<Audit> {
  const run = new Run('asa-backup-audit');
  const [policy, log] = [join(run.directory, 'policy.json'), join(run.directory, 'audit.log')];
  await writeFile(policy, JSON.stringify(POLICY));
  return {
    flags: [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`],
    writes: async () =>
      (await readFile(log, 'utf8'))
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line) as AuditEvent)
        .filter(({ requestURI }) => !requestURI.includes('dryRun='))
        .map(writeOf),
    remove: () => run.stop(),
  };
}

function writeOf({ verb, userAgent = '', objectRef, responseStatus }: AuditEvent): AuditedWrite {
  const { resource = '', namespace = '', name = '' } = objectRef ?? {};
  return { verb, resource, subject: `${namespace}/${name}`, userAgent, code: responseStatus?.code ?? 0 };
}
