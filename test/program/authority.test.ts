import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selfSigned } from '../registry/certificate.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { runProgram } from '../support/program.ts';

const SECRETS = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };
const DEPLOYMENTS = { ...SECRETS, group: 'apps', plural: 'deployments', kind: 'Deployment' };

/** TLS in front of a registry; returns where. */
async function withTls(tls: { cert: string; key: string }, host: string) {
  const [address = '', port] = host.split(':');
  const front = createTlsServer(tls, socket => {
    const behind = connect(Number(port), address);
    socket.on('error', () => behind.destroy());
    behind.on('error', () => socket.destroy());
    socket.pipe(behind).pipe(socket);
  });
  await new Promise<void>(resolve => front.listen(0, '127.0.0.1', resolve));
  return { url: `https://127.0.0.1:${(front.address() as AddressInfo).port}`, close: () => front.close() };
}

/** Says as Korifi's chart does by whom the registry is signed. */
async function configureKorifi(stage: Stage, cert: string): Promise<void> {
  const local = stage.server.local();
  const secret = { namespace: 'default', name: 'registry-ca' };
  const data = { 'ca.crt': Buffer.from(cert).toString('base64') };
  await local.create(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: secret, data });
  const volumes = [{ name: 'korifi-registry-ca-cert', secret: { secretName: 'registry-ca' } }];
  const metadata = { namespace: 'default', name: 'korifi-api-deployment' };
  const labels = { app: 'korifi-api' };
  const template = { metadata: { labels }, spec: { volumes, containers: [{ name: 'api', image: 'api' }] } };
  const spec = { selector: { matchLabels: labels }, template };
  await local.create(DEPLOYMENTS, { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec });
}

/** Says it as kapp-controller wants it. */
async function configureCarvel(stage: Stage, cert: string): Promise<void> {
  const metadata = { namespace: 'default', name: 'kapp-controller-config' };
  const data = { caCerts: Buffer.from(cert).toString('base64') };
  await stage.server.local().create(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata, data });
}

describe('a registry signed by an authority of its foundation', () => {
  const tls = { source: selfSigned(), target: selfSigned() };
  let source: Stage;
  let target: Stage;
  let fronts: Record<'source' | 'target', Awaited<ReturnType<typeof withTls>>>;
  let archive: string;

  beforeAll(async () => {
    [source, target] = await Promise.all([
      startStage({ name: 'source', landscape: TINY }),
      startStage({ name: 'target' }),
    ]);
    fronts = {
      source: await withTls(tls.source, source.registry.host),
      target: await withTls(tls.target, target.registry.host),
    };
    archive = join(source.directory, 'backup.tar');
  }, 60_000);
  afterAll(async () => {
    for (const front of Object.values(fronts ?? {})) front.close();
    await Promise.all([source?.stop(), target?.stop()]);
  });

  const exporting = () => [
    ...['export', archive, '--kubeconfig', source.kubeconfigFile, '--plaintext-secrets', '--overwrite'],
    ...['--registry-endpoint', `${source.registry.host}=${fronts.source.url}`],
  ];
  const checking = () => [
    ...['restore', archive, '--kubeconfig', target.kubeconfigFile, '--dry-run'],
    ...['--registry-map', `${source.registry.host}/=${target.registry.host}/`],
    ...['--registry-endpoint', `${target.registry.host}=${fronts.target.url}`],
  ];

  it('is refused as long as nobody vouches for it', async () => {
    const { code, stdout } = await runProgram(exporting());
    expect(code).toBe(3);
    // The report's lines are broken where they are long.
    const said = stdout.replace(/\s+/g, ' ');
    expect(said).toContain('its certificate is self-signed and not trusted');
    expect(said).toContain(
      "to get what is lost: pass the registry's certificate authority with --registry-ca",
    );
  });

  it('is exported from without a flag, when Korifi is configured with the authority', async () => {
    await configureKorifi(source, tls.source.cert);
    const { code, stdout } = await runProgram(exporting());
    expect({ code, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({
      code: 0,
      last: `exported to ${archive}, nothing is missing`,
    });
    expect((await readFile(archive)).length).toBeGreaterThan(0);
  });

  it("is restored to by the target's own authority, and not by the source's", async () => {
    const refused = await runProgram(checking());
    expect({ code: refused.code, said: refused.stderr }).toEqual({
      code: 5,
      said: expect.stringContaining('its certificate is self-signed and not trusted'),
    });
    await configureCarvel(target, tls.target.cert);
    const { code, stderr } = await runProgram(checking());
    expect({ code, stderr: stderr.includes('self-signed') }).toEqual({ code: 0, stderr: false });
  });
});
