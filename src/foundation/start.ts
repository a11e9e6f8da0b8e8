import { isDeepStrictEqual } from 'node:util';
import type { Json, KubeObject } from '../base/object.ts';
import { values } from './path.ts';
import type { StartRule } from './rules.ts';

/** What the field of a start rule ends with, where the source's object had it; undefined where nothing is to change. */
export function startValue(rule: StartRule, source: KubeObject): Json | undefined {
  const [value] = values(source, rule.path);
  if (value === undefined) return undefined;
  if (rule.startAs !== undefined) return value === rule.startAs ? value : undefined;
  return isNotStarted(rule, source) ? undefined : value;
}

/** Whether the field is as the object is created. */
export function isNotStarted({ path, createAs }: StartRule, object: KubeObject): boolean {
  return isDeepStrictEqual(stated(values(object, path)[0]), stated(createAs));
}

/** Without members that say nothing: some servers give out what others leave away. */
function stated(value: Json | undefined): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const says = Object.entries(value).filter(([, member]) => member !== null && !isEmptyList(member));
  return Object.fromEntries(says);
}

function isEmptyList(value: Json): boolean {
  return Array.isArray(value) && value.length === 0;
}
