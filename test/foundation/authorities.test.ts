import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import { authoritiesOf, authoritySecrets } from '../../src/foundation/authorities.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const indented = PEM.trimEnd().replaceAll('\n', '\n      ');

function object(kind: string, place: string, data: Record<string, string>): KubeObject {
  const [namespace = '', name = ''] = place.split('/');
  return { apiVersion: 'v1', kind, metadata: { namespace, name }, data };
}

describe("the authority of a foundation's registries", () => {
  it.each([
    ['Secret of kapp-controller', object('Secret', 'kapp/kapp-controller-config', { caCerts: base64(PEM) })],
    ['ConfigMap of kapp-controller', object('ConfigMap', 'kapp/kapp-controller-config', { caCerts: PEM })],
    ["Secret that Korifi's API mounts", object('Secret', 'korifi/registry-ca', { 'ca.crt': base64(PEM) })],
    [
      "values of ASA's",
      object('Secret', 'tap-install/values', {
        'values.yaml': base64(`app_registry:\n  ca_cert:\n    data: |\n      ${indented}\n`),
      }),
    ],
    [
      "values of ASA's, in base64",
      object('Secret', 'tap-install/values', {
        'values.yaml': base64(`app_registry: { ca_cert: { data: ${base64(PEM)} } }`),
      }),
    ],
    [
      'values of ASA 1.0',
      object('Secret', 'tap-install/values', {
        'tas-adapter-values.yaml': base64(
          `app_registry: {}\napp_registry_credentials:\n  ca_cert_data: |\n      ${indented}\n`,
        ),
      }),
    ],
  ])('is in a %s', (_, from) => {
    const [found, ...more] = authoritiesOf(from, new Set(['korifi/registry-ca']));
    expect(more).toEqual([]);
    expect(found?.pem.trim()).toBe(PEM.trim());
    expect(found?.from).toContain(from.metadata.name);
  });

  it.each([
    ['another Secret', object('Secret', 'apps/tls', { 'ca.crt': base64(PEM), caCerts: base64(PEM) })],
    ['another ConfigMap', object('ConfigMap', 'kube-system/kube-root-ca.crt', { 'ca.crt': PEM })],
    ['no certificate', object('Secret', 'kapp/kapp-controller-config', { caCerts: base64('') })],
    [
      'a space of users',
      object('Secret', 'cf-space-abf12461-1566-404a-8867-7a08d8a89c03/kapp-controller-config', {
        caCerts: base64(PEM),
        'values.yaml': base64(`app_registry: { ca_cert: { data: ${base64(PEM)} } }`),
      }),
    ],
    [
      'an org of users',
      object('ConfigMap', 'abf12461-1566-404a-8867-7a08d8a89c03/kapp-controller-config', { caCerts: PEM }),
    ],
    ['broken YAML', object('Secret', 'a/b', { v: base64('app_registry: {ca_cert: [') })],
    ['another kind', object('CFApp', 'kapp/kapp-controller-config', { caCerts: PEM })],
  ])('is not in %s', (_, from) => {
    expect(authoritiesOf(from, new Set())).toEqual([]);
  });

  it("is in the Secret that Korifi's API mounts under its name, and in no other", () => {
    const volumes = [
      { name: 'korifi-tls', secret: { secretName: 'tls' } },
      { name: 'korifi-registry-ca-cert', secret: { secretName: 'registry-ca' } },
    ];
    const deployment = (name: string): KubeObject => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace: 'korifi', name },
      spec: { template: { spec: { volumes } } },
    });
    expect(authoritySecrets(deployment('korifi-api-deployment'))).toEqual(['korifi/registry-ca']);
    expect(authoritySecrets(deployment('another'))).toEqual([]);
  });
});
