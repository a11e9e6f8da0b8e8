import type { KubeObject } from '../../../base/object.ts';
import type { AdmissionRequest } from '../../apiserver/admission.ts';
import { ANNOTATION, FINALIZER, GROUP, KORIFI_VERSION, LABEL } from '../names.ts';

type Defaults = (object: KubeObject) => object;

/** Fields that the defaulting webhooks fill in where they are absent, and labels that they set. */
const LABELS: Readonly<Record<string, (object: KubeObject) => Record<string, string>>> = {
  CFApp: ({ metadata }) => ({ [LABEL.appGuid]: metadata.name }),
  CFProcess: ({ metadata, spec }) => ({
    [LABEL.processGuid]: metadata.name,
    [LABEL.processType]: spec.processType,
    [LABEL.appGuid]: spec.appRef.name,
  }),
  CFPackage: ({ spec }) => ({ [LABEL.appGuid]: spec.appRef.name }),
  CFBuild: ({ spec }) => ({ [LABEL.appGuid]: spec.appRef.name, [LABEL.packageGuid]: spec.packageRef.name }),
  CFRoute: ({ metadata, spec }) => ({
    [LABEL.routeGuid]: metadata.name,
    [LABEL.domainGuid]: spec.domainRef.name,
  }),
};

const SPECS: Readonly<Record<string, Defaults>> = {
  CFProcess: ({ spec }) => ({
    memoryMB: 1024,
    diskQuotaMB: 1024,
    desiredInstances: spec.processType === 'web' ? 1 : 0,
    healthCheck: { type: 'process', data: {} },
  }),
};

/** The object as Korifi's mutating webhooks leave it; the request's own object is not touched. */
export function mutate(
  { operation, kind: { group, kind }, oldObject }: AdmissionRequest,
  object: KubeObject,
): KubeObject {
  if (object.metadata.deletionTimestamp !== undefined) return object;
  const changed = structuredClone(object);
  if (operation === 'CREATE') {
    const finalizer = FINALIZER[kind];
    const finalizers = changed.metadata.finalizers ?? [];
    if (finalizer !== undefined && !finalizers.includes(finalizer)) {
      changed.metadata.finalizers = [...finalizers, finalizer];
    }
    if (group === GROUP) annotate(changed, { [ANNOTATION.creationVersion]: KORIFI_VERSION });
  }
  if (group !== GROUP) return changed;
  const labels = LABELS[kind]?.(changed);
  if (labels !== undefined) changed.metadata.labels = { ...changed.metadata.labels, ...labels };
  const spec = SPECS[kind]?.(changed);
  if (spec !== undefined) changed.spec = { ...spec, ...changed.spec };
  if (kind === 'CFApp') revise(changed, oldObject);
  return changed;
}

/** Stopping an app begins a new revision; starting it does not. */
function revise(app: KubeObject, before: KubeObject | undefined): void {
  const revision = app.metadata.annotations?.[ANNOTATION.appRev];
  if (revision === undefined) annotate(app, { [ANNOTATION.appRev]: '0' });
  if (before?.spec.desiredState !== 'STARTED' || app.spec.desiredState !== 'STOPPED') return;
  const next = String(Number(revision ?? 0) + 1);
  annotate(app, { [ANNOTATION.appRev]: next, [ANNOTATION.lastStopAppRev]: next });
}

function annotate(object: KubeObject, annotations: Record<string, string>): void {
  object.metadata.annotations = { ...object.metadata.annotations, ...annotations };
}
