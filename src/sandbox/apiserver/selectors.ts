import type { KubeObject } from '../../base/object.ts';
import { badRequest } from './status-error.ts';

export type Matcher = (object: KubeObject) => boolean;

/** Requirements are parted by commas outside of brackets. */
const REQUIREMENTS = /[^,(]*(?:\([^)]*\))?[^,]*/g;

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
export function labelMatcher(selector: string): Matcher {
  const tests = split(selector).map(labelTest);
  return object => tests.every(test => test(object.metadata.labels ?? {}));
}

type LabelTest = (labels: Readonly<Record<string, string>>) => boolean;

function labelTest(text: string): LabelTest {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map(value => value.trim());
    return labels => (labels[key] !== undefined && values.includes(labels[key])) === (operator === 'in');
  }
  const equality = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(text);
  if (equality) {
    const [, key = '', operator, value] = equality;
    return labels => (labels[key] === value) === (operator !== '!=');
  }
  const presence = /^(!?)\s*([\w./-]+)$/.exec(text);
  if (!presence) throw badRequest(`unable to parse requirement: ${JSON.stringify(text)}`);
  const [, absent, key = ''] = presence;
  return labels => key in labels === (absent === '');
}

/** The fields that may be selected by, beside `metadata.name` and `metadata.namespace`, by kind. */
const FIELDS: Record<string, readonly string[]> = {
  Secret: ['type'],
  Pod: ['spec.nodeName', 'status.phase', 'spec.serviceAccountName'],
  Event: [
    'involvedObject.kind',
    'involvedObject.name',
    'involvedObject.namespace',
    'involvedObject.uid',
    'reason',
    'type',
  ],
  Namespace: ['status.phase'],
  Job: ['status.successful'],
};

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/ */
export function fieldMatcher(selector: string, kind: string): Matcher {
  const tests = split(selector).map(text => {
    const [, field = '', operator, value = ''] = /^([^=!]+)(==|=|!=)(.*)$/.exec(text) ?? [];
    if (field !== 'metadata.name' && field !== 'metadata.namespace' && !FIELDS[kind]?.includes(field)) {
      throw badRequest(`field label not supported: ${field}`);
    }
    return (object: KubeObject) => (valueAt(object, field) === value) === (operator !== '!=');
  });
  return object => tests.every(test => test(object));
}

function split(selector: string): string[] {
  return (selector.match(REQUIREMENTS) ?? []).map(text => text.trim()).filter(text => text !== '');
}

function valueAt(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const part of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
  return String(value ?? '');
}
