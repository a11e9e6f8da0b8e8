import { readFileSync } from 'node:fs';
import { dump } from 'js-yaml';
import { LISTED } from '../src/foundation/catalog.ts';

/** The rights of an export, as docs/manifests has them. */
export const ROLE_FILE = new URL('../docs/manifests/export-role.yaml', import.meta.url);

/** What an export reads beside the catalog's kinds: Korifi's configuration and the Deployment that says where more is. */
const SURVEYED = [
  { group: '', plural: 'configmaps' },
  { group: 'apps', plural: 'deployments' },
];

/** A ClusterRole with which an export can read everything that it takes, and nothing else. */
export function renderRole(): string {
  const groups = Map.groupBy([...LISTED, ...SURVEYED], ({ group }) => group);
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'asa-backup-export' },
    rules: [...groups]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([group, kinds]) => ({
        apiGroups: [group],
        resources: [...new Set(kinds.map(({ plural }) => plural))].sort(),
        verbs: ['list'],
      })),
  };
  return `# Made by \`npm run docs\` from src/foundation/kinds; changes go there.\n${dump(role, { quoteStyle: 'double' })}`;
}

/** The file as it is committed. */
export function committedRole(): string {
  return readFileSync(ROLE_FILE, 'utf8');
}
