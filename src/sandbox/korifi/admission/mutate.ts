import type { KubeObject } from '../../../base/object.ts';
import type { AdmissionRequest } from '../../apiserver/admission.ts';
import { ANNOTATION, GROUP } from '../names.ts';
import type { Release } from '../releases.ts';

type Defaults = (object: KubeObject) => object;

/** Fields that the defaulting webhooks fill in where they are absent. */
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
  release: Release,
): KubeObject {
  if (object.metadata.deletionTimestamp !== undefined) return object;
  const changed = structuredClone(object);
  if (operation === 'CREATE') {
    const finalizer = release.finalizers[kind];
    const finalizers = changed.metadata.finalizers ?? [];
    const isOurs = kind !== 'BuildWorkload' || changed.spec.builderName === 'kpack-image-builder';
    if (finalizer !== undefined && isOurs && !finalizers.includes(finalizer)) {
      changed.metadata.finalizers = [...finalizers, finalizer];
    }
    if (group === GROUP) annotate(changed, { [ANNOTATION.creationVersion]: release.version });
  }
  if (group !== GROUP) return changed;
  label(changed, {
    ...release.labels[kind]?.(changed),
    ...(release.commonLabels && common(changed, oldObject)),
  });
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

/** The GUID, and the times as a label can hold them. */
function common({ metadata }: KubeObject, before: KubeObject | undefined): Record<string, string> {
  const now = labelTime(new Date().toISOString());
  const created = before?.metadata.creationTimestamp;
  return {
    [`${GROUP}/guid`]: metadata.name,
    [`${GROUP}/created_at`]: created === undefined ? now : labelTime(created),
    ...(before !== undefined && { [`${GROUP}/updated_at`]: now }),
  };
}

function labelTime(time: string): string {
  return time.slice(0, 19).replaceAll(':', '-');
}

function label(object: KubeObject, labels: Readonly<Record<string, unknown>>): void {
  const stated = Object.entries(labels).filter(([, value]) => typeof value === 'string');
  if (stated.length === 0) return;
  object.metadata.labels = {
    ...object.metadata.labels,
    ...(Object.fromEntries(stated) as Record<string, string>),
  };
}

function annotate(object: KubeObject, annotations: Record<string, string>): void {
  object.metadata.annotations = { ...object.metadata.annotations, ...annotations };
}
