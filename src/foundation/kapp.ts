import type { KubeObject } from '../base/object.ts';
import { texts, values } from './path.ts';

const IS_APP = 'metadata.labels["kapp.k14s.io/is-app"]';
/** kapp-controller names its kapp apps after its own objects: Apps, PackageRepositories, and Apps before 0.39. */
const CONTROLLER_APP = /(?:\.app|\.pkgr|-ctrl)$/;

/**
 * The value of the label `kapp.k14s.io/app` that a ConfigMap records for one of kapp-controller's apps; undefined for
 * any other ConfigMap, such as the record of an app that somebody deployed with kapp by hand.
 */
export function controllerApp(object: KubeObject): string | undefined {
  const { kind, metadata } = object;
  if (kind !== 'ConfigMap' || values(object, IS_APP).length === 0) return undefined;
  const [spec] = texts(object, 'data.spec');
  return CONTROLLER_APP.test(metadata.name) && spec !== undefined ? labelValue(spec) : undefined;
}

function labelValue(spec: string): string | undefined {
  try {
    return texts(JSON.parse(spec), 'labelValue')[0];
  } catch {
    return undefined;
  }
}
