import { describe, expect, it } from 'vitest';
import { keyOf } from '../../src/base/object.ts';
import { NO_CROSSING } from '../../src/foundation/conversions/conversions.ts';
import { ImageMap } from '../../src/foundation/image-map.ts';
import { type Mapping, transform } from '../../src/restore/transform.ts';
import { kindOf } from '../foundation/fixtures.ts';

const VALUES = `# of the site
registry:
  server: old.example.com # where images are
  username: robot
  password: secret
app_ingress:
  default_domain: apps.old.example.com
`;

const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'values', namespace: 'tap' },
  data: { 'values.yaml': Buffer.from(VALUES).toString('base64') },
};
const id = { group: '', kind: 'Secret', namespace: 'tap', name: 'values' };

/** What the values say on a site that has another registry and other domains. */
function valuesOn(valuesSecrets: ReadonlySet<string>): string {
  const mapping = {
    images: new ImageMap([{ from: 'old.example.com', to: 'new.example.com' }]),
    pullSecrets: new Map(),
    logins: new Map([['new.example.com', { username: 'me', password: 'mine' }]]),
    authorities: undefined,
    valuesSecrets,
    serviceCredentials: new Set<string>(),
    crossing: NO_CROSSING,
    domains: { rewrite: () => undefined, inValues: (name: string) => name.replace('old', 'new') },
    packageVersion: 'keep',
  } as unknown as Mapping;
  const { data } = transform(kindOf(secret), secret, id, mapping);
  return Buffer.from(data['values.yaml'], 'base64').toString();
}

describe('the values of a package', () => {
  it('name the registry, the login and the domains of the target, with their comments', () => {
    expect(valuesOn(new Set([keyOf(id)]))).toBe(`# of the site
registry:
  server: new.example.com # where images are
  username: me
  password: mine
app_ingress:
  default_domain: apps.new.example.com
`);
  });

  it('are bytes like any others in a Secret that is no values', () => {
    expect(valuesOn(new Set())).toBe(VALUES);
  });
});
