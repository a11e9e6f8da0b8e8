import { describe, expect, it } from 'vitest';
import { CATALOG } from '../../src/foundation/catalog.ts';
import { listingStages } from '../../src/foundation/listing-stages.ts';

describe('the order in which kinds are listed', () => {
  const stages = listingStages(CATALOG).map(stage => stage.map(({ kind }) => kind));

  it('has all kinds that are taken whole first, side by side', () => {
    expect(stages[0]).toEqual(
      expect.arrayContaining(['CFOrg', 'CFApp', 'CFBuild', 'PackageInstall', 'SecretExport']),
    );
    expect(stages[0]).not.toContain('Secret');
  });

  it('then has the shared ones, each behind those that can ask for its objects', () => {
    expect(stages.slice(1)).toEqual([
      ['ConfigMap'],
      ['ServiceAccount'],
      ['Secret'],
      ['ClusterRoleBinding'],
      ['RoleBinding'],
      ['ClusterRole'],
      ['Role'],
      ['Namespace'],
    ]);
  });

  it('lists every kind that is state once', () => {
    const truth = CATALOG.filter(({ role }) => role === 'truth').map(({ kind }) => kind);
    expect(stages.flat().sort()).toEqual(truth.sort());
  });
});
