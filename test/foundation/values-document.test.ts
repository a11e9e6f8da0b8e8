import fc from 'fast-check';
import { dump, load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { ImageMap } from '../../src/foundation/image-map.ts';
import { rewriteDocument, type ValueMoves } from '../../src/foundation/values-document.ts';

const OLD_CA = '-----BEGIN CERTIFICATE-----\nb2xk\n-----END CERTIFICATE-----\n';
const NEW_CA = '-----BEGIN CERTIFICATE-----\nbmV3\nbGluZQ==\n-----END CERTIFICATE-----\n';

function moves(rules: Record<string, string>, more: Partial<ValueMoves> = {}): ValueMoves {
  const images = new ImageMap(Object.entries(rules).map(([from, to]) => ({ from, to })));
  return { images, domain: name => name, login: () => undefined, authorities: undefined, ...more };
}

const SITE = moves(
  { 'old.example.com/': 'new.example.com:5000/mirror/' },
  {
    domain: name => name.replace('old.', 'new.'),
    login: host => (host === 'new.example.com:5000' ? { username: 'me', password: 'mine' } : undefined),
    authorities: NEW_CA,
  },
);

describe("the adapter's values", () => {
  it('of 1.1 and later keep their comments, order and quoting', () => {
    const before = `# Owner: the platform team, see old.example.com/wiki
api_ingress:
  fqdn: "api.old.example.com"   # public
app_ingress: {default_domain: apps.old.example.com, tls: {secret_name: 'x'}}

app_registry:
  # old.example.com/asa/ is ours
  repository_prefix: 'old.example.com/asa/tas-adapter-'
  credentials:
    secret_name: app-registry-credentials
  ca_cert:
    data: |
      -----BEGIN CERTIFICATE-----
      b2xk
      -----END CERTIFICATE-----
kpack_clusterbuilder_name: default
`;
    const { text, paths } = rewriteDocument(before, SITE);
    expect(text).toBe(`# Owner: the platform team, see old.example.com/wiki
api_ingress:
  fqdn: "api.new.example.com"   # public
app_ingress: {default_domain: apps.new.example.com, tls: {secret_name: 'x'}}

app_registry:
  # old.example.com/asa/ is ours
  repository_prefix: 'new.example.com:5000/mirror/asa/tas-adapter-'
  credentials:
    secret_name: app-registry-credentials
  ca_cert:
    data: |
      -----BEGIN CERTIFICATE-----
      bmV3
      bGluZQ==
      -----END CERTIFICATE-----
kpack_clusterbuilder_name: default
`);
    expect(paths.sort()).toEqual([
      'api_ingress.fqdn',
      'app_ingress.default_domain',
      'app_registry.ca_cert.data',
      'app_registry.repository_prefix',
    ]);
  });

  it('of 1.0 have a registry in parts, which move together, and its login beside it', () => {
    const before = `app_registry:
  hostname: old.example.com # a host alone
  path:
    droplets: asa/droplets
    packages: "asa/packages"
  username: robot
  password: 's3cret'
app_registry_credentials:
  ca_cert_data: ${Buffer.from(OLD_CA).toString('base64')}
`;
    const { text } = rewriteDocument(before, SITE);
    expect(text).toContain('hostname: new.example.com:5000 # a host alone\n');
    expect(load(text)).toEqual({
      app_registry: {
        hostname: 'new.example.com:5000',
        path: { droplets: 'mirror/asa/droplets', packages: 'mirror/asa/packages' },
        username: 'me',
        password: 'mine',
      },
      app_registry_credentials: { ca_cert_data: Buffer.from(NEW_CA).toString('base64') },
    });
  });

  it('of 1.0 stay whole where their parts would come to different hosts, or one of them to none', () => {
    const before = 'app_registry: {hostname: old.example.com, path: {droplets: a/d, packages: b/p}}\n';
    const apart = moves({
      'old.example.com/a': 'one.example.com/a',
      'old.example.com/b': 'two.example.com/b',
    });
    expect(rewriteDocument(before, apart)).toEqual({ text: before, paths: [] });
    const half = moves({ 'old.example.com/a': 'one.example.com/a' });
    expect(rewriteDocument(before, half)).toEqual({ text: before, paths: [] });
  });

  it('keep an authority whose registry stays, and any where no other is known', () => {
    const values = { app_registry: { repository_prefix: 'old.example.com/asa/', ca_cert: { data: OLD_CA } } };
    const stays = dump({
      ...values,
      app_registry: { ...values.app_registry, repository_prefix: 'x.example/a' },
    });
    expect(rewriteDocument(stays, SITE).paths).toEqual([]);
    const { authorities: _, ...unknown } = SITE;
    const { paths } = rewriteDocument(dump(values), { ...unknown, authorities: undefined });
    expect(paths).toEqual(['app_registry.repository_prefix']);
  });
});

describe("other packages' values", () => {
  it.each([
    [
      'shared: {image_registry: {project_path: old.example.com/tap, username: u, password: p}}',
      ['me', 'mine'],
    ],
    [
      'kp_default_repository: old.example.com/tbs\nkp_default_repository_username: u\nkp_default_repository_password: p',
      ['me', 'mine'],
    ],
    // Somebody's database has nothing to do with where its image is.
    ['image: old.example.com/db:1\nusername: u\npassword: p', ['u', 'p']],
    ['server: old.example.com\nother: {username: u, password: p}', ['u', 'p']],
  ])('have the login of the registry that they come to: %s', (before, [username = '', password = '']) => {
    const { text } = rewriteDocument(before, SITE);
    expect(text).toContain('new.example.com:5000');
    expect(text).toMatch(new RegExp(`username: ${username}\\b`));
    expect(text).toMatch(new RegExp(`password: ${password}\\b`));
  });

  it("never offer the source's credentials to a host for which no login is known", () => {
    const map = moves({ 'old.example.com': 'else.example.com' });
    const { text } = rewriteDocument('server: old.example.com\nusername: u\npassword: "p"', map);
    expect(load(text)).toEqual({ server: 'else.example.com', username: '', password: '' });
    const inline = '{"auths":{"old.example.com":{"username":"u","password":"p"}}}';
    expect(rewriteDocument(inline, map).text).toBe(inline);
  });

  it('move in every document, in lists, in configurations inside of texts', () => {
    const before = `images:
- old.example.com/a:1
- >-
  old.example.com/b
--- # second
nested: |
  # old.example.com/comment
  image: old.example.com/c@sha256:${'a'.repeat(64)}
`;
    const { text, paths } = rewriteDocument(before, SITE);
    expect(text).toBe(
      before
        .replace('- old.example.com', '- new.example.com:5000/mirror')
        .replace('  old.example.com/b', '  new.example.com:5000/mirror/b')
        .replace('image: old.example.com', 'image: new.example.com:5000/mirror'),
    );
    expect(paths).toEqual(['images.0', 'images.1', 'nested']);
  });

  it('that are no YAML move by words', () => {
    const before = 'a: [\nimage = old.example.com/a:1 # old.example.com/b\n';
    const after = 'a: [\nimage = new.example.com:5000/mirror/a:1 # old.example.com/b\n';
    expect(rewriteDocument(before, SITE)).toEqual({ text: after, paths: [''] });
  });

  it('read back as they were meant, whatever they are', () => {
    const scalar = fc.oneof(
      fc.constantFrom(
        'old.example.com/a',
        'old.example.com',
        'x: y',
        "it's",
        '"',
        '# no',
        'a\nb\n',
        ' old.example.com/x ',
      ),
      fc.string(),
      fc.integer(),
      fc.boolean(),
    );
    const { tree } = fc.letrec(tie => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        scalar,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), tie('tree'), { maxKeys: 3 }),
      ),
    }));
    const style = fc.record({ flowLevel: fc.constantFrom(-1, 0, 1), indent: fc.constantFrom(2, 4) });
    fc.assert(
      fc.property(tree, style, (value, options) => {
        const text = dump(value, options);
        const back = load(rewriteDocument(text, moves({ 'old.example.com/': 'new.example.com/m/' })).text);
        const place = (text: string) =>
          text
            .replaceAll('old.example.com/', 'new.example.com/m/')
            .replaceAll('old.example.com', 'new.example.com');
        // What a rule does to a text that is not a place alone is rewriteValues' business; here nothing else may change.
        expect(JSON.parse(place(JSON.stringify(back) ?? 'null'))).toEqual(
          JSON.parse(place(JSON.stringify(load(text)) ?? 'null')),
        );
      }),
    );
  });
});
