import { beforeEach, describe, expect, it } from 'vitest';
import { columnsOf } from '../../src/progress/text.ts';
import { writtenSince } from '../support/embedded.ts';
import { expectPresentable } from '../support/failure.ts';
import { runProgram } from '../support/program.ts';
import { framed, SIZES, still } from '../support/screens.ts';
import { begun, hold, modes, pair, shell, untouched } from './phases-setting.ts';
import { meddling, PHASES, type Phase } from './phases-table.ts';

const CTRL_C = '\u0003';
const CTRL_Z = '\u001a';
const LOOK = { timeout: 20_000, interval: 50 };
/** Of any view. */
const WIDEST = 120;
const SPINNER = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/;

/** What else ends a run; SIGUSR2 is a crash here. */
const ENDINGS = ['SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;

const isThorough = process.env.ASA_BACKUP_TEST_PHASES === 'all';

async function begin(name: string): Promise<Phase> {
  const phase = PHASES[name] as Phase;
  // Nothing that needs a droplet is made, so that every phase finds something to do.
  hold.targetRegistry(/^(PATCH|PUT) .*droplets/);
  await phase.held?.();
  shell.start(await phase.args(), { env: `${meddling} ${phase.env ?? ''}` });
  await shell.until(phase.shows);
  await shell.until(/q stop/);
  return phase;
}

async function stopAndGoOn({ shows }: Phase): Promise<void> {
  shell.type(CTRL_Z);
  await shell.until(/Stopped[\s\S]*ready> $/);
  expect([shell.isCursorShown, await shell.modes()]).toEqual([true, modes]);
  shell.type('clear; fg\r');
  await shell.until(shows);
}

const isAsItWas = async () => {
  expect([shell.isCursorShown, shell.isOnMainScreen]).toEqual([true, true]);
  shell.resize(80, 24);
  expect(await shell.modes()).toBe(modes);
};

describe('in every phase', { timeout: 120_000 }, () => {
  const all = Object.keys(PHASES).filter(name => isThorough || !PHASES[name]?.isDelicate);
  it.each(all)('%s: it fits every size, Ctrl-Z is Ctrl-Z, one Ctrl-C asks, and another stops', async name => {
    const phase = await begin(name);
    const screens: string[] = [];
    if (phase.steady !== undefined) await shell.untilScreen(phase.steady);
    for (const [columns, rows] of SIZES) {
      shell.resize(columns, rows);
      screens.push(`${columns} × ${rows}\n\n${await fitting(columns, rows, phase.shows)}\n`);
    }
    const file = `screens/live-${name.replace(/[: ]+/g, '-')}.txt`;
    if (phase.steady !== undefined) await expect(screens.join('\n')).toMatchFileSnapshot(file);
    if (!phase.isDelicate) await stopAndGoOn(phase);
    shell.type(CTRL_C);
    await shell.until(/stop\? y: finish/);
    shell.type('n');
    await shell.until(/^(?![\s\S]*stop\? y)[\s\S]*q stop/);
    shell.type(CTRL_C);
    await shell.until(/stop\? y: finish/);
    shell.type(CTRL_C);
    expect(await shell.exitCode()).toBe(130);
    expect(shell.text).toContain('error: interrupted by Ctrl-C');
    expect(shell.text).toMatch(phase.tells);
    expectPresentable(shell.text);
    await isAsItWas();
  });

  it('what was stopped is gone on with to its end', { timeout: 120_000 }, async () => {
    const restored = await runProgram(['restore', '--resume', '-o', 'json', '--wait-timeout', '90s']);
    const { losses } = JSON.parse(restored.stdout || '{}');
    expect({ code: restored.code, losses }, restored.stderr).toEqual({ code: 0, losses: [] });
    const written = pair.file('write.tar');
    const kubeconfig = ['--kubeconfig', pair.source.kubeconfigFile];
    expect(await runProgram(['export', written, '--resume', ...kubeconfig])).toMatchObject({ code: 0 });
    expect(await runProgram(['verify', written])).toMatchObject({ code: 0 });
  });
});

describe('in any phase', { timeout: 120_000 }, () => {
  // What another run has left would end some phases before they begin.
  beforeEach(async () => {
    if (writtenSince(pair.target, untouched).length === 0) return;
    await pair.stop();
    await begun();
  }, 60_000);

  // Each of them takes a second; all of them take minutes.
  const others = ENDINGS.flatMap((ending, at) => {
    const names = Object.keys(PHASES).filter(name => !name.startsWith('undo') && !PHASES[name]?.isDelicate);
    return names.filter((_, nth) => isThorough || nth % 9 === at * 3).map(name => [name, ending] as const);
  });

  it.each(others)('%s: the terminal is as it was after %s', async (name, ending) => {
    const { tells } = await begin(name);
    shell.signal(ending);
    const isCrash = ending === 'SIGUSR2';
    expect(await shell.exitCode()).toBe(isCrash ? 1 : 130);
    expect(shell.text).toContain(isCrash ? 'error: boom\nhint: this is a bug' : `interrupted by ${ending}`);
    if (!isCrash) expect(shell.text).toMatch(tells);
    expect(shell.text).not.toContain('    at ');
    await isAsItWas();
  });
});

/** The view comes to fit the new size: it is as wide as that lets it be, and takes two thirds of the height at most. */
async function fitting(columns: number, rows: number, shows: RegExp): Promise<string> {
  let view: string[] = [];
  let before = '';
  const width = Math.min(columns - 1, WIDEST);
  await expect
    .poll(() => {
      before = view.map(calm).join('\n');
      const lines = shell.screen;
      const top = lines.findLastIndex(line => /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] /.test(line));
      view = lines.slice(top, lines.findLastIndex(line => line !== '') + 1);
      const text = view.join('\n');
      return {
        isThere: shows.test(text) && /q stop/.test(text),
        isStill: before === view.map(calm).join('\n'),
        width: view[0]?.length,
        isHigh: view.length > (rows * 2) / 3,
      };
    }, LOOK)
    .toEqual({ isThere: true, isStill: true, width, isHigh: false });
  expect(view.filter(line => columnsOf(line) > width)).toEqual([]);
  return framed(still(view.map(calm).join('\n')).split('\n'), columns);
}

/** A line without what turns and runs on, and without how many transfers a run has found to be best. */
function calm(line: string): string {
  const time = / *(?:\d+ [hm] \d\d [ms]|\d+ s)$/;
  return line
    .replace(SPINNER, '⠋')
    .replace(time, text => '0 s'.padStart(text.length))
    .replace(/(?<=no byte for )\d+ s/, '10 s')
    .replace(/(?<=\+\/- )\d+ transfers/, '8 transfers');
}
