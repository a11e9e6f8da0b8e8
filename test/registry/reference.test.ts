import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/base/errors.ts';
import {
  parseReference,
  parseRepository,
  repositoryOf,
  showReference,
  showRepository,
} from '../../src/registry/reference.ts';

const SHA256 = `sha256:${'ab'.repeat(32)}`;
const SHA512 = `sha512:${'cd'.repeat(64)}`;

function refusal(text: string): Failure {
  try {
    parseReference(text);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe('a reference', () => {
  it.each([
    ['ubuntu', 'index.docker.io/library/ubuntu'],
    ['docker.io/ubuntu:22.04', 'index.docker.io/library/ubuntu:22.04'],
    ['index.docker.io/a/b', 'index.docker.io/a/b'],
    ['user/app', 'index.docker.io/user/app'],
    ['localhost/app', 'localhost/app'],
    ['localhost:5000/a/b:v1', 'localhost:5000/a/b:v1'],
    ['REGISTRY.example.com/a', 'registry.example.com/a'],
    ['registry.example.com:443/a__b/c-d.e:T_1.2-3', 'registry.example.com:443/a__b/c-d.e:T_1.2-3'],
    ['[::1]:5000/a:v1', '[::1]:5000/a:v1'],
    ['[fd00::1]/a', '[fd00::1]/a'],
    [`r.example.com/a@${SHA256}`, `r.example.com/a@${SHA256}`],
    [`r.example.com/a:v1@${SHA512}`, `r.example.com/a:v1@${SHA512}`],
    [
      'registry.kube-system.svc:5000/korifi/app-packages',
      'registry.kube-system.svc:5000/korifi/app-packages',
    ],
  ])('%s is read as %s', (text, shown) => {
    expect(showReference(parseReference(text))).toBe(shown);
  });

  it.each([
    ['', 'its end'],
    ['r.example.com/', 'its end'],
    ['r.example.com/Upper', '"U" at character 15'],
    ['Registry/a', '"R" at character 1'],
    ['r.example.com/a//b', '"/" at character 16'],
    ['r.example.com/a:', 'its end'],
    ['r.example.com/a:-x', '"-" at character 17'],
    [`r.example.com/a:${'t'.repeat(129)}`, '"t" at character 145'],
    ['r.example.com:70000/a', 'a port is 65535 at most'],
    ['r.exa mple.com/a', '" " at character 6'],
    ['[::zz]/a', '"[" at character 1'],
    ['[1:2]/a', 'no IPv6 address'],
    ['r.example.com/a@sha256:12', 'its end'],
    [`r.example.com/a@sha256:${'A'.repeat(64)}`, '"A" at character 24'],
    ['r.example.com/a@md5:12', '"m" at character 17'],
    [`r.example.com/${'a'.repeat(256)}`, '"a" at character 270'],
  ])('%j is refused because of %s', (text, part) => {
    const failure = refusal(text);
    expect(failure.code).toBe('usage');
    expect(failure.message).toContain(part);
  });

  it('with a scheme is refused with the hint to leave it out', () => {
    expect(refusal('https://r.example.com/a').hints).toEqual(['leave out https://']);
  });

  it('that is shown and read again is the same, whatever it is', () => {
    const component = fc.stringMatching(/^[a-z0-9]{1,6}((\.|_|__|-{1,3})[a-z0-9]{1,6}){0,2}$/);
    const host = fc.oneof(
      fc.constantFrom('localhost', 'localhost:5000', '127.0.0.1:80', '[::1]:5000', '[fe80::1]', 'docker.io'),
      fc.stringMatching(/^[a-z0-9]{1,8}(-[a-z0-9]{1,4})?\.[a-z]{2,5}(:[1-9][0-9]{0,3})?$/),
    );
    const digest = fc
      .constantFrom(64, 128)
      .chain(length => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`)))
      .map(hex => `@sha${hex.length * 4}:${hex}`);
    const text = fc
      .tuple(
        host,
        fc.array(component, { minLength: 1, maxLength: 4 }),
        fc.option(fc.stringMatching(/^\w[\w.-]{0,20}$/)),
        fc.oneof(fc.constant(''), digest),
      )
      .map(([h, path, tag, d]) => `${h}/${path.join('/')}${tag === null ? '' : `:${tag}`}${d}`);
    fc.assert(
      fc.property(text, written => {
        const reference = parseReference(written);
        expect(parseReference(showReference(reference))).toEqual(reference);
        expect(parseRepository(showRepository(reference))).toEqual(repositoryOf(reference));
      }),
    );
  });

  it('that is arbitrary text is either read, and shown as the same, or refused as a usage failure', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), text => {
        try {
          const reference = parseReference(text);
          expect(parseReference(showReference(reference))).toEqual(reference);
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
          expect((error as Failure).code).toBe('usage');
        }
      }),
    );
  });
});

describe('a repository', () => {
  it('has no tag and no digest', () => {
    expect(() => parseRepository('r.example.com/a:v1')).toThrow('":" at character 16');
    expect(() => parseRepository(`r.example.com/a@${SHA256}`)).toThrow('"@" at character 16');
  });
});
