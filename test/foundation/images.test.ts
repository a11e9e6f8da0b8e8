import { describe, expect, it } from 'vitest';
import { imagesOf, rewriteImages } from '../../src/foundation/images.ts';
import { kindOf, named } from './fixtures.ts';

function images(name: string) {
  const object = named(name);
  return imagesOf(kindOf(object), object);
}

describe('the images that an object names', () => {
  it('are the source of a package', () => {
    expect(images('CFPackage space-1/package-1')).toEqual([
      {
        path: 'spec.source.registry.image',
        text: `registry.old.example.com/asa/adapter-app-1-packages@sha256:${'a'.repeat(64)}`,
        bundle: false,
      },
    ]);
  });

  it('are the droplet in the status of a build', () => {
    expect(images('CFBuild space-1/build-1').map(({ path }) => path)).toEqual([
      'status.droplet.registry.image',
    ]);
  });

  it('are a bundle with the digest that was fetched', () => {
    expect(images('PackageRepository install/repository')).toEqual([
      {
        path: 'spec.fetch.imgpkgBundle.image',
        text: 'registry.old.example.com/adapter/repo:1.3.0',
        bundle: true,
        digest: `sha256:${'1'.repeat(64)}`,
      },
    ]);
  });

  it('are those of each fetch step, a chart put together from its parts', () => {
    expect(images('App install/extra')).toEqual([
      {
        path: 'spec.fetch[0].imgpkgBundle.image',
        text: 'registry.old.example.com/extra:1',
        bundle: true,
        digest: `sha256:${'2'.repeat(64)}`,
      },
      {
        path: 'spec.fetch[1].helmChart.repository.url',
        text: 'registry.old.example.com/charts/chart:2.0.0',
        bundle: false,
      },
    ]);
  });

  it.each([
    'directories: [',
    '- 1',
    'directories: {a: b}',
    '',
    'directories: [{contents: [{image: {url: "no digest"}}]}]',
  ])('have no digest where the lock is %j', lock => {
    const repository = named('PackageRepository install/repository');
    repository.status.fetch.stdout = lock;
    expect(imagesOf(kindOf(repository), repository)[0]?.digest).toBeUndefined();
  });

  it('are none where a controller pushes to', () => {
    const builder = {
      apiVersion: 'kpack.io/v1alpha2',
      kind: 'ClusterBuilder',
      metadata: { name: 'own' },
      spec: { tag: 'registry.old.example.com/builder' },
    };
    expect(imagesOf(kindOf(builder), builder)).toEqual([]);
    rewriteImages(kindOf(builder), builder, text => text.replace('old', 'new'));
    expect(builder.spec.tag).toBe('registry.new.example.com/builder');
  });
});

describe('rewriting the images of an object', () => {
  it('changes spec and status, and a chart only as far as its repository', () => {
    for (const name of [
      'CFBuild space-1/build-1',
      'App install/extra',
      'Package install/own.example.com.1.0.0',
    ]) {
      const object = named(name);
      rewriteImages(kindOf(object), object, text => text.replace('registry.old', 'registry.new'));
      const texts = imagesOf(kindOf(object), object).map(({ text }) => text);
      expect(texts).toEqual(images(name).map(({ text }) => text.replace('registry.old', 'registry.new')));
    }
  });
});
