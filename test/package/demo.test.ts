import { describe, expect, it } from 'vitest';
import { documentation } from '../support/markdown.ts';
import { runProgram } from '../support/program.ts';

describe('the demo', () => {
  it('brings a foundation back and ends as the README shows', async () => {
    const readme = documentation().find(({ path }) => path === 'README.md');
    const excerpt = readme?.fences.find(({ note }) => note === 'demo')?.text ?? '';
    const { code, stdout, stderr } = await runProgram(['demo', '--quiet']);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.slice(-excerpt.length)).toBe(excerpt);
  }, 300_000);
});
