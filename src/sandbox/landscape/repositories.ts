import { dump } from 'js-yaml';
import { hexOf, toDigest } from '../../base/digest.ts';
import { pushBundle, pushLocations } from '../images/bundle.ts';
import type { ImageClient } from '../images/client.ts';
import { parseImage } from '../images/name.ts';
import { syntheticLayer } from '../registry/layer.ts';
import { adapterFiles, componentId } from './adapter.ts';
import { COMPONENTS } from './korifi-documents.ts';

/** Versions that the adapter's repository offers; the last is installed. */
export const ADAPTER_VERSIONS = ['1.2.0', '1.3.1'] as const;
/** The adapter's package name. */
export const ADAPTER_PACKAGE = 'application-service-adapter.tanzu.vmware.com';
/** The version of the log drain that is installed. */
export const DRAIN_VERSION = '0.3.0';
/** The log drain's package name. */
export const DRAIN_PACKAGE = 'log-drain.platform.example.com';

/**
 * The adapter's repository as `imgpkg copy --to-repo` leaves it behind an air gap: bundle, packages and their images
 * all in one repository, tagged by digest, with locations; the locks still name the vendor's registry.
 */
export async function pushAdapterRepository(images: ImageClient, componentBytes: number): Promise<string> {
  const repository = `${images.registry.host}/tap/tas-adapter-package-repo`;
  const offered: { version: string; image: string }[] = [];
  for (const version of ADAPTER_VERSIONS) {
    const lock: { image: string; id: string }[] = [];
    for (const component of COMPONENTS) {
      const id = componentId(component, version);
      const layers = [
        syntheticLayer('component base', Math.ceil(componentBytes / 2)),
        syntheticLayer(id, Math.ceil(componentBytes / 2)),
      ];
      const pushed = await images.push(repository, { layers }, []);
      lock.push({ id, image: await relocated(images, pushed, `app-service-adapter/${component}`) });
    }
    const bundle = await pushBundle(images, repository, adapterFiles(version), lock, []);
    await pushLocations(
      images,
      bundle,
      lock.map(({ image }) => image),
    );
    offered.push({ version, image: await relocated(images, bundle, 'app-service-adapter/tas-adapter') });
  }
  const files = packageFiles(ADAPTER_PACKAGE, 'Application Service Adapter', offered);
  const lock = offered.map(({ image }) => ({ image, id: image }));
  const bundle = await pushBundle(images, repository, files, lock, ['1.3.1']);
  await pushLocations(
    images,
    bundle,
    offered.map(({ image }) => image),
  );
  return `${repository}:1.3.1`;
}

/** A repository as its publisher pushed it: the lock names the package's own repository, and there are no locations. */
export async function pushDrainRepository(images: ImageClient): Promise<string> {
  const { host } = images.registry;
  const daemon = await images.push(
    `${host}/vendor/log-drain-daemon`,
    { layers: [syntheticLayer('drain', 4096)] },
    [DRAIN_VERSION],
  );
  const id = `registry.example.com/platform/log-drain-daemon:${DRAIN_VERSION}`;
  const config = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'log-drain' } },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'log-drain', namespace: 'log-drain' },
      data: { image: id, url: '(@= data.values.drain.url @)' },
    },
  ];
  const files = { 'config/drain.yml': config.map(document => `---\n${dump(document)}`).join('') };
  const bundle = await pushBundle(
    images,
    `${host}/vendor/log-drain`,
    files,
    [{ image: daemon, id }],
    [DRAIN_VERSION],
  );
  const packages = packageFiles(DRAIN_PACKAGE, 'Log Drain', [{ version: DRAIN_VERSION, image: bundle }]);
  const lock = [{ image: bundle, id: bundle }];
  await pushBundle(images, `${host}/vendor/log-drain-repo`, packages, lock, [DRAIN_VERSION]);
  return `${host}/vendor/log-drain-repo:${DRAIN_VERSION}`;
}

/** Tags the image as imgpkg does when it copies, and gives its name at the vendor's. */
async function relocated(images: ImageClient, image: string, path: string): Promise<string> {
  const { target } = parseImage(image);
  await images.tag(image, `sha256-${hexOf(toDigest(target))}.imgpkg`);
  return `registry.example.com/${path}@${target}`;
}

function packageFiles(
  refName: string,
  displayName: string,
  offered: readonly { version: string; image: string }[],
): Record<string, string> {
  const apiVersion = 'data.packaging.carvel.dev/v1alpha1';
  const metadata = {
    apiVersion,
    kind: 'PackageMetadata',
    metadata: { name: refName },
    spec: { displayName, shortDescription: displayName, providerName: 'Example' },
  };
  const packages = offered.map(({ version, image }) => [
    `packages/${refName}/${version}.yml`,
    dump({
      apiVersion,
      kind: 'Package',
      metadata: { name: `${refName}.${version}` },
      spec: {
        refName,
        version,
        releasedAt: '2023-08-08T00:00:00Z',
        template: {
          spec: {
            fetch: [{ imgpkgBundle: { image } }],
            template: [{ ytt: { paths: ['config'] } }, { kbld: { paths: ['.imgpkg/images.yml', '-'] } }],
            deploy: [{ kapp: {} }],
          },
        },
      },
    }),
  ]);
  return Object.fromEntries([[`packages/${refName}/metadata.yml`, dump(metadata)], ...packages]);
}
