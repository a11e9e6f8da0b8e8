import type { KubeObject } from '../../base/object.ts';
import type { KindName, Test } from '../rules.ts';
import type { Version } from '../versions.ts';

/** One step from the form that an older Korifi gave an object to the one that a newer Korifi takes. */
export interface Conversion {
  /** As documentation and tests name it: `build state`. */
  readonly name: string;
  /** The first Korifi that has the new form. */
  readonly since: Version;
  readonly of: KindName;
  /** Only Secrets that hold the credentials of a user-provided service. */
  readonly holds?: 'service-credentials';
  /** What happens to an object that is not converted. */
  readonly because: string;
  /** Changes an object, with the status that is state, in place; one in the new form stays as it is. */
  convert(object: KubeObject): void;
}

/** Objects of an older Korifi that have no place beside a newer one. */
export interface Impossible {
  readonly since: Version;
  readonly of: KindName;
  readonly where: Test;
  readonly because: string;
}

/** What users notice of a newer Korifi although nothing went wrong. */
export interface Notice {
  readonly since: Version;
  readonly text: string;
}
