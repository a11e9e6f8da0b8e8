import pjson from '../../../package.json' with { type: 'json' };

/**
 * What the Tanzu CLI shows of this plugin: the PluginInfo of its contract (tanzu-cli, docs/plugindev/contract.md). With
 * the target `global` it is called `tanzu asa-backup`.
 */
export const PLUGIN = {
  name: 'asa-backup',
  description: 'Back up and restore an Application Service Adapter (Korifi) foundation',
  target: 'global',
  version: `v${pjson.version}`,
  buildSHA: '',
  digest: '',
  group: 'Manage',
  docURL: `${pjson.homepage}#readme`,
  completionType: 0,
  aliases: [],
  pluginRuntimeVersion: '',
} as const;
