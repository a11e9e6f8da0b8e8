import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { apply } from '../../src/sandbox/platform/apply.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { runProgram } from '../support/program.ts';

const VALUES = 'tas-adapter-tap-install-values';

/** The adapter's installation, with what operators have beside it, under other domains and with another registry. */
describe('a Carvel installation on another site', () => {
  let source: Stage;
  let target: Stage;
  let archive: string;
  let on: readonly string[];
  let maps: readonly string[];
  let domain: string;

  beforeAll(async () => {
    [source, target] = await Promise.all([
      startStage({ name: 'source', landscape: TINY }),
      startStage({ name: 'target' }),
    ]);
    archive = join(source.directory, 'backup.tar');
    const body = { spec: { packageRef: { versionSelection: { constraints: '>=0.3.0' } } } };
    await source.cluster.patch(KINDS.PackageInstall, 'tap-install', 'log-drain', { type: 'merge', body });
    const annotations = { 'secretgen.carvel.dev/excluded-from-wildcard-matching': '' };
    await apply(source.cluster, KINDS.Namespace, { metadata: { name: 'aside', annotations } });
    await apply(source.cluster, KINDS.Secret, {
      metadata: {
        name: 'pull',
        namespace: 'aside',
        annotations: { 'secretgen.carvel.dev/image-pull-secret': '' },
      },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': Buffer.from('{"auths":{}}').toString('base64') },
    });
    await apply(source.cluster, KINDS.Namespace, { metadata: { name: 'kapp-controller' } });
    await apply(source.cluster, KINDS.Secret, {
      metadata: { name: 'kapp-controller-config', namespace: 'kapp-controller' },
      data: { httpProxy: 'eA==' },
    });
    await source.settle();
    const values = await valuesOf(source);
    [, domain = ''] = /default_domain: apps\.(\S+)/.exec(values) ?? [];
    maps = [
      ...['--registry-map', `${source.registry.host}/=${target.registry.host}/`],
      ...['apps', 'api'].flatMap(name => ['--domain-map', `${name}.${domain}=${name}.new.example.com`]),
    ];
    on = ['--kubeconfig', target.kubeconfigFile];
    const exported = ['export', archive, '--kubeconfig', source.kubeconfigFile, '--plaintext-secrets'];
    expect(await runProgram(exported)).toMatchObject({ code: 0 });
  }, 60_000);
  afterAll(() => Promise.all([source?.stop(), target?.stop()]));

  async function valuesOf({ cluster }: Stage): Promise<string> {
    const secret = await cluster.get(KINDS.Secret, 'tap-install', VALUES);
    return Buffer.from(secret?.data['values.yaml'] ?? '', 'base64').toString();
  }
  const restoring = (...flags: string[]) =>
    runProgram([
      'restore',
      archive,
      ...on,
      ...maps,
      '--yes',
      '-o',
      'json',
      '--wait-timeout',
      '30s',
      ...flags,
    ]);
  const textsOf = (stdout: string, code: string): string[] =>
    JSON.parse(stdout)
      .findings.filter((finding: { code: string }) => finding.code === code)
      .map(({ text }: { text: string }) => text);

  it('comes back with its values rewritten in place, its versions held, and every route', async () => {
    const { code, stdout, stderr } = await restoring();
    const { losses, differs } = JSON.parse(stdout || '{}');
    expect({ code, losses, differs }, stderr).toEqual({ code: 0, losses: [], differs: [] });
    expect(await valuesOf(target)).toBe(
      (await valuesOf(source))
        .replaceAll(domain, 'new.example.com')
        .replace(source.registry.host, target.registry.host),
    );
    expect(textsOf(stdout, 'values-rewritten')).toEqual([
      `the values in Secret tap-install/${VALUES} are rewritten for the target: ` +
        'values.yaml: api_ingress.fqdn, values.yaml: app_ingress.default_domain, ' +
        'values.yaml: app_registry.repository_prefix',
    ]);
    expect(textsOf(stdout, 'package-version')).toEqual([
      'PackageInstall tap-install/log-drain allows any of >=0.3.0 and is held to 0.3.0, which ran; ' +
        '--package-version constraint leaves it open',
    ]);
    const routes = async ({ cluster }: Stage) => {
      const found: string[] = [];
      for await (const page of cluster.list(KINDS.CFRoute))
        found.push(...page.map(({ spec }) => spec.domainRef.name));
      return found;
    };
    expect(new Set(await routes(target))).toEqual(new Set(['apps.new.example.com', 'internal.example.com']));
    expect(await routes(target)).toHaveLength((await routes(source)).length);
  });

  it('has the namespace and the placeholder that operators made, and not what the target has of its own', async () => {
    const aside = await target.cluster.get(KINDS.Namespace, undefined, 'aside');
    expect(aside?.metadata.annotations).toHaveProperty([
      'secretgen.carvel.dev/excluded-from-wildcard-matching',
    ]);
    expect(await target.cluster.get(KINDS.Secret, 'aside', 'pull')).toBeDefined();
    const config = await target.cluster.get(KINDS.Secret, 'kapp-controller', 'kapp-controller-config');
    expect(config).toBeUndefined();
  });

  it('is the same as its archive, which only without the pins it is not', async () => {
    const { code, stdout, stderr } = await runProgram(['diff', archive, ...on, ...maps, '-o', 'json']);
    const { missing, extra, different } = JSON.parse(stdout || '{}');
    expect({ code, missing, extra, different }, stderr).toEqual({
      code: 0,
      missing: [],
      extra: [],
      different: [],
    });
    const open = await runProgram([
      'diff',
      archive,
      ...on,
      ...maps,
      '--package-version',
      'constraint',
      '-o',
      'json',
    ]);
    expect(JSON.parse(open.stdout).different.map(({ subject }: { subject: string }) => subject)).toEqual([
      'PackageInstall tap-install/log-drain',
    ]);
  });

  it('that is there already is told of, with --no-installation as what to do', async () => {
    const { code, stdout } = await restoring('--dry-run');
    expect(code).toBe(0);
    expect(textsOf(stdout, 'installation-there')).toContain(
      'the target has application-service-adapter.tanzu.vmware.com installed already, as PackageInstall tap-install/tas-adapter',
    );
    expect(stdout).toContain('pass --no-installation to leave out what installs the foundation');
  });
});
