import { describe, expect, it } from 'vitest';
import { projectOf, wantsRepositories } from '../../../src/registry/hints.ts';
import { parseRepository } from '../../../src/registry/reference.ts';
import { notWritable } from '../../../src/restore/checks/writable.ts';
import { type Fault, faulty } from '../../faults/registry.ts';
import { client, registry } from '../../registry/setting.ts';

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
  it('is answered by one try where it works, and where nobody is let in', async () => {
    const { findings, paths } = await tried();
    expect([findings, paths]).toEqual([[], ['alone']]);
    const { host, ...refused } = await tried({ kind: 'status', status: 403 });
    expect(refused.paths).toEqual(['alone']);
    const text = `images cannot be pushed to ${host}/alone: ${host} answered 403`;
    expect(refused.findings).toMatchObject([{ code: 'registry-not-writable', severity: 'refuse', text }]);
  });

  it('names every project that has to be created first, with what creates it', async () => {
    const { host, findings } = await tried({ kind: 'status', status: 404, on: /^POST .*\/(alone|tap)\// });
    expect(findings.map(({ text, hint }) => [text, hint])).toEqual(
      [
        ['alone', 'alone'],
        ['tap/one', 'tap'],
      ].map(([path, project]) => [
        `images cannot be pushed to ${host}/${path}: ${host} answered 404`,
        `some registries want ${path}, or its project ${project}, to be created first`,
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
  const repository = parseRepository(text);
  expect(projectOf(repository)).toBe(project);
  expect(wantsRepositories(repository.registry)).toBe(project.includes('/'));
});
