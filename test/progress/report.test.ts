import { describe, expect, it } from 'vitest';
import type { Loss } from '../../src/base/losses.ts';
import { inspectReport } from '../../src/progress/inspect-report.ts';
import { exportReport, restoreReport, verifyReport } from '../../src/progress/report.ts';
import type { ExportResult, InspectResult, VerifyResult } from '../../src/progress/results/archive.ts';
import type { RestoreResult } from '../../src/progress/results/restore.ts';

const GiB = 1024 ** 3;
const loss: Loss = {
  kind: 'image-missing',
  subject: 'registry.example.com/korifi/0a1b2c3d-0000-4000-8000-packages:v1',
  reason: 'the registry does not have it any more, and neither does any other repository of the same prefix',
  usedBy: ['CFPackage dev/0a1b2c3d', 'CFBuild dev/1'],
};

const exported: ExportResult = {
  file: 'backup.tar',
  bytes: 11.2 * GiB,
  createdAt: '2026-03-01T12:00:00Z',
  secrets: 'age',
  objects: {
    CFOrg: 3,
    CFSpace: 9,
    CFApp: 1204,
    PackageInstall: 17,
    Secret: 88,
    ServiceAccount: 40,
    CFRoute: 1100,
  },
  images: { count: 212, attached: 0, bytes: 11 * GiB, layers: 640 },
  losses: [],
  notes: [],
  parts: [],
  seconds: 65,
};

const restored: RestoreResult = {
  context: 'prod',
  dryRun: false,
  objects: { CFOrg: { created: 3 }, CFApp: { created: 1200, unchanged: 3, failed: 1, started: 1190 } },
  images: { moved: 600, present: 30, mounted: 10, bytes: 9 * GiB },
  waves: [
    { kinds: ['CFOrg'], objects: 3 },
    { kinds: ['CFApp'], objects: 1204 },
  ],
  maps: [],
  grants: [],
  differs: [],
  losses: [],
  findings: [],
  notes: [],
  seconds: 300,
};

const verified: VerifyResult = {
  file: 'backup.tar',
  bytes: 11.2 * GiB,
  createdAt: '2026-03-01T12:00:00Z',
  entries: 901,
  objects: 2461,
  images: { count: 212, layers: 640 },
  missing: [],
  losses: [],
  seconds: 12.3,
};

const inspected: InspectResult = {
  file: 'backup.tar',
  checked: 'presence',
  bytes: 11.2 * GiB,
  formatVersion: 1,
  createdAt: '2026-03-01T12:00:00Z',
  tool: 'asa-backup 0.1.0',
  secrets: 'age',
  source: {
    kubernetes: 'v1.31.1',
    korifi: 'v0.8.1',
    rootNamespace: 'cf',
    registryPrefix: 'registry.example.com/korifi/',
  },
  orgs: [
    {
      name: 'shop',
      spaces: [
        { name: 'dev', apps: ['checkout', '注文'] },
        { name: 'production', apps: [] },
      ],
    },
    { name: 'empty', spaces: [] },
  ],
  packages: [{ name: 'contour.example.com', version: '1.2.3' }],
  objects: { CFOrg: 2, CFApp: 2 },
  images: [
    {
      reference: 'registry.example.com/korifi/0a1b2c3d-droplets',
      bytes: 327_680_000,
      usedBy: ['CFBuild dev/1'],
    },
    { reference: 'registry.example.com/bundles/contour', bytes: 900, usedBy: [] },
  ],
  attached: { count: 3, bytes: 4000 },
  packagesLeftOut: [],
  layerBytes: 300_000_000,
  absentKinds: ['ServiceTemplate'],
  losses: [],
};

const later = new Date('2026-03-04T12:00:00Z');

describe('the report of an export', () => {
  it('that lost nothing', () =>
    expect(exportReport(exported)).toMatchInlineSnapshot(`
      "file      backup.tar, 11.2 GiB
      created   2026-03-01T12:00:00Z
      objects   2,461: 1,204 CFApp, 3 CFOrg, 1,100 CFRoute, 9 CFSpace,
                17 PackageInstall, 88 Secret, 40 ServiceAccount
      images    212, 11.0 GiB in 640 layers
      secrets   encrypted with age
      medium    all is on the medium, which is safe to remove
      time      1 m 05 s, 176.4 MiB/s

      exported to backup.tar, nothing is missing
      "
    `));

  it('warns of secrets in plain text only where there are some', () => {
    const plain = { ...exported, secrets: 'plaintext' } as const;
    expect(exportReport(plain)).toContain('NOT encrypted');
    const { Secret: _, ...objects } = exported.objects;
    expect(exportReport({ ...plain, objects })).toMatch(/^secrets {3}none: it holds no Secret$/m);
  });

  it('that lost something, by name', () =>
    expect(
      exportReport({
        ...exported,
        file: '-',
        secrets: 'plaintext',
        losses: [loss],
        notes: ['no Carvel kinds here'],
      }),
    ).toMatchInlineSnapshot(`
      "file      standard output, 11.2 GiB
      created   2026-03-01T12:00:00Z
      objects   2,461: 1,204 CFApp, 3 CFOrg, 1,100 CFRoute, 9 CFSpace,
                17 PackageInstall, 88 Secret, 40 ServiceAccount
      images    212, 11.0 GiB in 640 layers
      secrets   NOT encrypted: whoever has the file can read them
      time      1 m 05 s, 176.4 MiB/s

      notes:
        · no Carvel kinds here

      lost:
        ! registry.example.com/korifi/0a1b2c3d-0000-4000-8000-packages:v1
          the registry does not have it any more, and neither does any other
          repository of the same prefix
          used by CFPackage dev/0a1b2c3d, CFBuild dev/1

      exported to standard output, with 1 loss
      "
    `));
});

describe('the report of a restore', () => {
  it('that is complete', () =>
    expect(restoreReport(restored)).toMatchInlineSnapshot(`
    "context   prod
    images    9.0 GiB in 600 blobs moved, 10 blobs mounted, 30 blobs already there
    waves     2
    time      5 m 00 s

    objects:
      CFApp   1,200 created, 3 unchanged, 1 failed, 1,190 started
      CFOrg   3 created

    restored to prod, nothing is missing
    "
  `));

  it('that left things alone and lost some', () => {
    const fields = [
      { path: 'spec.displayName', archive: 'shop', cluster: 'x'.repeat(80) },
      { path: 'metadata.labels.team', cluster: 'ours' },
    ];
    const differs = [{ subject: 'CFOrg cf/shop', paths: fields.map(({ path }) => path), fields }];
    expect(restoreReport({ ...restored, differs, losses: [loss, loss] })).toMatchInlineSnapshot(`
      "context   prod
      images    9.0 GiB in 600 blobs moved, 10 blobs mounted, 30 blobs already there
      waves     2
      time      5 m 00 s

      objects:
        CFApp   1,200 created, 3 unchanged, 1 failed, 1,190 started
        CFOrg   3 created

      left as they are in the cluster, with what differs:
        CFOrg cf/shop   spec.displayName: "shop" in the archive,
                        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
                        in the cluster, metadata.labels.team: nothing in the archive,
                        "ours" in the cluster

      lost:
        ! registry.example.com/korifi/0a1b2c3d-0000-4000-8000-packages:v1
          the registry does not have it any more, and neither does any other
          repository of the same prefix
          used by CFPackage dev/0a1b2c3d, CFBuild dev/1
        ! registry.example.com/korifi/0a1b2c3d-0000-4000-8000-packages:v1
          the registry does not have it any more, and neither does any other
          repository of the same prefix
          used by CFPackage dev/0a1b2c3d, CFBuild dev/1

      restored to prod, with 2 losses; 1 object left alone
      "
    `);
  });

  it('that was not to write anything', () =>
    expect(restoreReport({ ...restored, dryRun: true })).toMatchInlineSnapshot(`
      "context   prod
      images    9.0 GiB in 600 blobs moved, 10 blobs mounted, 30 blobs already there
      waves     2

      waves:
        1   CFOrg: 3 objects
        2   CFApp: 1,204 objects

      objects:
        CFApp   1,200 created, 3 unchanged, 1 failed, 1,190 started
        CFOrg   3 created

      dry run: nothing was written to prod
      "
    `));
});

describe('the report of a verification', () => {
  it('of an intact archive', () =>
    expect(verifyReport({ ...verified, losses: [loss] })).toMatchInlineSnapshot(`
      "file      backup.tar, 11.2 GiB
      created   2026-03-01T12:00:00Z
      checked   901 entries, 2,461 objects
      images    212 in 640 layers
      time      12 s

      lost:
        ! registry.example.com/korifi/0a1b2c3d-0000-4000-8000-packages:v1
          the registry does not have it any more, and neither does any other
          repository of the same prefix
          used by CFPackage dev/0a1b2c3d, CFBuild dev/1

      backup.tar is intact, with 1 loss that it tells of
      "
    `));

  it('of one that lacks an image', () => {
    const missing = [{ reference: loss.subject, usedBy: ['CFBuild dev/1'] }];
    expect(verifyReport({ ...verified, missing })).toMatchInlineSnapshot(`
      "file      backup.tar, 11.2 GiB
      created   2026-03-01T12:00:00Z
      checked   901 entries, 2,461 objects
      images    212 in 640 layers
      time      12 s

      named by a resource and not inside:
        registry.example.com/korifi/0a1b2c3d-0000-4000-8000-packages:v1
          CFBuild dev/1

      backup.tar is incomplete: 1 image missing
      "
    `);
  });
});

describe('the report of an inspection', () => {
  it('shows what is inside', () =>
    expect(inspectReport(inspected, later)).toMatchInlineSnapshot(`
    "file       backup.tar, 11.2 GiB
    created    2026-03-01T12:00:00Z, 3 days ago
    made by    asa-backup 0.1.0, format 1
    source     Kubernetes v1.31.1, Korifi v0.8.1, root namespace cf
    registry   registry.example.com/korifi/
    objects    4: 2 CFApp, 2 CFOrg
    images     2, 286.1 MiB of layers
    attached   3 artifacts: signatures, attestations and the like
    secrets    encrypted with age
    absent     ServiceTemplate (not served by the source)

    org shop:
      dev          checkout, 注文
      production   no apps

    packages:
      contour.example.com   1.2.3

    images:
      312.5 MiB   registry.example.com/korifi/0a1b2c3d-droplets
      900 B       registry.example.com/bundles/contour

    backup.tar can be read, nothing is missing; its layers were not looked at,
    verify does that
    "
  `));
});

describe('every report', () => {
  const reports = [
    exportReport({ ...exported, losses: [loss] }),
    restoreReport({ ...restored, losses: [loss] }),
    verifyReport(verified),
    inspectReport({ ...inspected, losses: [loss] }, later),
  ];

  it.each(reports)('fits 80 columns (%#)', report => {
    for (const line of report.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});
