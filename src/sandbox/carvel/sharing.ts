import type { KubeObject } from '../../base/object.ts';
import type { ActivityLog } from '../activity.ts';
import type { Rule } from '../controllers/rule.ts';
import { controlledBy, type World } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { conclude } from './status.ts';

/** Annotation of Secrets that secretgen fills with every exported registry login. */
export const PLACEHOLDER = 'secretgen.carvel.dev/image-pull-secret';

/** A namespace with this annotation is not meant by `*`. */
const NOT_BY_WILDCARD = 'secretgen.carvel.dev/excluded-from-wildcard-matching';

/** The exported Secrets that a namespace may have. */
function exportedTo(world: World, namespace: string): KubeObject[] {
  const home = world.find(KINDS.Namespace, undefined, namespace);
  const byWildcard = home?.metadata.annotations?.[NOT_BY_WILDCARD] === undefined;
  const offers = world.all(KINDS.SecretExport).filter(({ spec }) => {
    const to: string[] = [spec?.toNamespace, ...(spec?.toNamespaces ?? [])];
    return to.includes(namespace) || (byWildcard && to.includes('*'));
  });
  return offers.flatMap(({ metadata }) => world.find(KINDS.Secret, metadata.namespace, metadata.name) ?? []);
}

/** An export succeeds when the Secret of its name is there. */
export const secretExports: Rule = {
  name: 'SecretExport',
  kind: KINDS.SecretExport,
  async reconcile(offer, world) {
    const { namespace, name } = offer.metadata;
    const there = world.find(KINDS.Secret, namespace, name) !== undefined;
    await conclude(
      world,
      KINDS.SecretExport,
      offer,
      there ? { done: true } : { failed: `Secret "${name}" not found` },
    );
  },
};

/**
 * An import with its export is a copy of the exported Secret. An import without one *deletes* the Secret of its
 * name: restored before its export, it costs the Secret.
 */
export function secretImports(activity: ActivityLog): Rule {
  return {
    name: 'SecretImport',
    kind: KINDS.SecretImport,
    async reconcile(wanted, world) {
      const { namespace = '', name } = wanted.metadata;
      const source = exportedTo(world, namespace).find(
        ({ metadata }) => metadata.namespace === wanted.spec.fromNamespace && metadata.name === name,
      );
      if (source === undefined) {
        const stale = world.find(KINDS.Secret, namespace, name);
        if (stale !== undefined) {
          activity.record('object-deleted', `Secret ${namespace}/${name} by its SecretImport without export`);
          await world.delete(KINDS.Secret, stale);
        }
        return conclude(world, KINDS.SecretImport, wanted, { failed: 'No matching export/secret' });
      }
      await world.ensure(KINDS.Secret, {
        metadata: { name, namespace, ownerReferences: [controlledBy(wanted)] },
        type: source.type,
        data: source.data,
      });
      await conclude(world, KINDS.SecretImport, wanted, { done: true });
    },
  };
}

/** Placeholders hold the logins of all exports for their namespace, whatever was in them before. */
export const placeholders: Rule = {
  name: 'image pull secret',
  kind: KINDS.Secret,
  async reconcile(secret, world) {
    const { namespace = '', annotations } = secret.metadata;
    if (annotations?.[PLACEHOLDER] === undefined) return;
    const auths: Record<string, object> = {};
    for (const { type, data } of exportedTo(world, namespace)) {
      if (type !== 'kubernetes.io/dockerconfigjson') continue;
      const config = JSON.parse(Buffer.from(data['.dockerconfigjson'], 'base64').toString());
      for (const [host, login] of Object.entries<Record<string, string>>(config.auths ?? {})) {
        auths[host] = { username: login.username, password: login.password };
      }
    }
    const merged = Buffer.from(JSON.stringify({ auths })).toString('base64');
    await world.merge(KINDS.Secret, secret, { data: { '.dockerconfigjson': merged } });
  },
};

/** A SecretTemplate's Secret has what its input resources have; the sandbox knows inputs that are Secrets. */
export const secretTemplates: Rule = {
  name: 'SecretTemplate',
  kind: KINDS.SecretTemplate,
  async reconcile(template, world) {
    const { namespace = '', name } = template.metadata;
    const inputs: Record<string, KubeObject> = {};
    for (const { name: input, ref } of template.spec.inputResources ?? []) {
      const secret = world.find(KINDS.Secret, namespace, ref.name);
      if (secret === undefined) {
        return conclude(world, KINDS.SecretTemplate, template, {
          failed: `cannot fetch input resource ${ref.name}`,
        });
      }
      inputs[input] = secret;
    }
    const data = Object.entries<string>(template.spec.template?.data ?? {}).map(([key, path]) => {
      const [, input = '', field = ''] = /^\$\(\.([\w-]+)\.data\.([\w.-]+)\)$/.exec(path) ?? [];
      return [key, inputs[input]?.data?.[field] ?? ''];
    });
    await world.ensure(KINDS.Secret, {
      metadata: { name, namespace, ownerReferences: [controlledBy(template)] },
      type: template.spec.template?.type ?? 'Opaque',
      data: Object.fromEntries(data),
    });
    await conclude(world, KINDS.SecretTemplate, template, { done: true });
  },
};
