import { describe, expect, it } from 'vitest';
import { projectOf } from '../../src/registry/hints.ts';
import { parseRepository } from '../../src/registry/reference.ts';
import { notWritable } from '../../src/restore/writable.ts';
import { type Fault, faulty } from '../faults/registry.ts';
import { client, registry } from '../registry/setting.ts';

const PATHS = ['asa/one', 'asa/two', 'tap/one', 'alone'];

/** What cannot be written of these, and which were tried. */
async function tried(...faults: Fault[]) {
  const server = await registry({ intercept: faulty(...faults) });
  const repositories = PATHS.map(path => parseRepository(`${server.host}/${path}`));
  const findings = await notWritable(repositories, client().registries);
  const posts = server.requests.filter(line => line.startsWith('POST'));
  return { host: server.host, findings, paths: posts.map(line => line.split('/').slice(2, -3).join('/')) };
}

describe('whether images can be pushed', () => {
  it('is tried in one repository of each project', async () => {
    const { findings, paths } = await tried();
    expect(findings).toEqual([]);
    expect(paths.sort()).toEqual(['alone', 'asa/one', 'tap/one']);
  });

  it('is answered by one try where nobody is let in', async () => {
    const { host, findings, paths } = await tried({ kind: 'status', status: 403 });
    expect(paths).toEqual(['asa/one']);
    expect(findings).toMatchObject([
      {
        code: 'registry-not-writable',
        severity: 'refuse',
        text: `images cannot be pushed to ${host}/asa/one: ${host} answered 403`,
      },
    ]);
  });

  it('names every project that has to be created first, with what creates it', async () => {
    const { host, findings } = await tried({ kind: 'status', status: 404, on: /POST .*(asa|tap)/ });
    expect(findings.map(({ text, hint }) => [text, hint])).toEqual(
      ['asa', 'tap'].map(project => [
        `images cannot be pushed to ${host}/${project}/one: ${host} answered 404`,
        `some registries want ${project}/one, or its project ${project}, to be created first`,
      ]),
    );
  });
});

it.each([
  ['harbor.example.com/team/apps/one', 'team'],
  ['ubuntu', 'library'],
  ['europe-docker.pkg.dev/project/images/apps/one', 'project/images'],
  ['123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/apps/one', 'team/apps/one'],
])('what has to be there for %s is %s', (text, project) => {
  expect(projectOf(parseRepository(text))).toBe(project);
});
