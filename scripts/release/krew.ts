import { dump } from 'js-yaml';
import pjson from '../../package.json' with { type: 'json' };
import { type Platform, platformName, programName } from './platforms.ts';

/** A packed executable, as the manifest names it. */
export interface Packed {
  readonly platform: Platform;
  /** The archive's file name. */
  readonly archive: string;
  /** Of the archive, in hex. */
  readonly sha256: string;
}

export function archiveName(platform: Platform): string {
  return `asa-backup-${platformName(platform)}.tar.gz`;
}

/** Krew's manifest, in the form of krew.googlecontainertools.github.com/v1alpha2, of exactly these archives. */
export function krewManifest(packed: readonly Packed[]): string {
  const { homepage, version } = pjson;
  const manifest = {
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'asa-backup' },
    spec: {
      version: `v${version}`,
      homepage,
      shortDescription: 'Back up and restore a Korifi foundation with its images',
      description: [
        'Exports a Tanzu Application Service Adapter (Korifi) foundation into one',
        'tar: its CF and Carvel resources and every container image they name.',
        'Restores it into another cluster and registry, across an air gap if need',
        'be. Apps come back with the droplets they had; nothing is staged again.',
        '',
        'Nothing is installed in the cluster. Secrets are encrypted with age. The',
        'tar is an OCI image layout, readable with skopeo, tar, zstd and jq.',
        '',
      ].join('\n'),
      caveats: 'For completion of its commands and names: kubectl asa-backup completion\n',
      platforms: packed.map(({ platform, archive, sha256 }) => ({
        selector: { matchLabels: { os: platform.os, arch: platform.arch } },
        uri: `${homepage}/releases/download/v${version}/${archive}`,
        sha256,
        bin: programName(platform),
      })),
    },
  };
  return `# Made by \`npm run build:release\`; changes go to scripts/release/krew.ts.\n${dump(manifest, { noRefs: true })}`;
}
