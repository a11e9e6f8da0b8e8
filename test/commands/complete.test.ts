import { describe, expect, it } from 'vitest';
import { complete, DIRECTIVE, type Line } from '../../src/commands/completion/complete.ts';

const asked: { flag: string; line: Line }[] = [];

/** What stands at the cursor `|`, on a line in which words are parted by single spaces. */
async function at(line: string) {
  asked.length = 0;
  const words = line.replace('|', '').split(' ');
  const { candidates, directive } = await complete(words, async (flag, seen) => {
    asked.push({ flag, line: seen });
    return flag === 'context' ? [{ value: 'old-site' }, { value: 'new-site' }] : undefined;
  });
  return { values: candidates.map(({ value }) => value), files: directive === DIRECTIVE.files };
}

describe('completion', () => {
  it.each([
    ['res|', ['restore']],
    ['help ver|', ['verify', 'version']],
    ['restore --registry-|', ['--registry-ca', '--registry-endpoint', '--registry-map']],
    ['restore -o |', ['json', 'yaml']],
    ['restore --output y|', ['yaml']],
    ['restore --output=|', ['--output=json', '--output=yaml']],
    ['export --no-att|', ['--no-attached']],
    ['export --context |', ['old-site', 'new-site']],
    ['export --context=n|', ['--context=new-site']],
    ['completion |', ['bash', 'zsh', 'fish', 'powershell']],
    ['frobnicate |', []],
    ['--context |', ['old-site', 'new-site']],
    ['--conte|', ['--context']],
    ['--context old-site res|', ['restore']],
    ['-n shop restore --output y|', ['yaml']],
  ])('%s', async (line, expected) => {
    expect((await at(line)).values).toEqual(expected);
  });

  it('leaves out a flag that stands there and may not stand twice', async () => {
    expect((await at('restore b.tar --yes --y|')).values).toEqual([]);
    expect((await at('restore b.tar --registry-map a=b --registry-m|')).values).toEqual(['--registry-map']);
  });

  it.each(['restore |', 'restore b|', 'restore b.tar --identity |', 'export -- -|'])(
    'leaves files to the shell: %s',
    async line => {
      expect(await at(line)).toEqual({ values: [], files: true });
    },
  );

  it('offers every command that help lists, and no other', async () => {
    const { values } = await at('|');
    expect(values).toContain('restore');
    expect(values).not.toContain('post-install');
  });

  it('tells of what is on the line to whoever knows the names', async () => {
    await at('restore -i key.txt backup.tar --kubeconfig=k --registry-ca |');
    const [{ flag, line } = { flag: '', line: undefined }] = asked;
    expect(flag).toBe('registry-ca');
    expect(line?.command).toBe('restore');
    expect(line?.positional).toEqual(['backup.tar']);
    expect(Object.fromEntries(line?.flags ?? [])).toEqual({ identity: ['key.txt'], kubeconfig: ['k'] });
  });
});
