import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { momentOf } from '../../../cli/moment.ts';
import { type CommandLine, commandLine } from '../command-line.ts';
import { type Sample, sample } from '../sample.ts';

let line: CommandLine;
let site: Sample;
beforeEach(async () => {
  line = commandLine();
  site = await sample();
  await line.octo('deploy', 'app', site.folder);
});
afterEach(async () => {
  await line.dispose();
  await site.dispose();
});

describe('octo ps', () => {
  it('shows the instances in a table that fits the terminal, without colours where NO_COLOR is set', async () => {
    const { stdout } = await line.octoWith({ terminal: true }, 'ps');
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^INSTANCE +SITE +RELEASE +STATE +SINCE +RESTARTS +ADDRESS$/);
    expect(lines[1]).toMatch(/^app-\S+ +app +1 +running +\d/);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it('prints one object with --json', async () => {
    expect((await line.octo('ps', 'app', '--json')).json()).toMatchObject({
      instances: [{ site: 'app', release: 1, role: 'current', state: 'running', restarts: 0 }],
    });
    expect((await line.octo('ps', 'other')).stderr).toBe('No instance of other runs.\n');
  });

  it.each(['ps', 'status'])(
    '%s --watch shows it again until Ctrl-C, and is not for --json',
    async (command) => {
      let interrupt = () => {};
      line.roles.runtime.faults.after('list', () => interrupt());
      const options = {
        terminal: true,
        onInterruptible: (stop: () => void) => {
          interrupt = stop;
        },
      };
      const { stdout, stderr, code } = await line.octoWith(options, command, '--watch');
      expect(code).toBe(130);
      expect(stderr).not.toContain('Interrupted');
      expect(stdout.startsWith('\x1b[H\x1b[2J')).toBe(true);
      expect(stdout).toMatch(/(INSTANCE|SITE) /);
      expect((await line.octo(command, '--watch', '--json')).code).toBe(2);
    },
  );
});

describe('octo logs --since', () => {
  it('shows only what was written since then', async () => {
    const [one] = await line.roles.runtime.list();
    line.roles.runtime.print(one as never, 'hello');
    expect((await line.octo('logs', 'app', '--since', '1h')).stdout).toContain('hello');
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    expect((await line.octo('logs', 'app', '--since', tomorrow)).stdout).toBe('');
    expect((await line.octo('logs', 'app', '--since', 'yesterday')).code).toBe(2);
  });

  const now = Date.parse('2026-03-02T12:00:00Z');
  it.each([
    ['90s', '2026-03-02T11:58:30.000Z'],
    ['15m', '2026-03-02T11:45:00.000Z'],
    ['2h', '2026-03-02T10:00:00.000Z'],
    ['3d', '2026-02-27T12:00:00.000Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['2026-03-01T12:30', '2026-03-01T12:30:00.000Z'],
    ['2026-03-01T12:30+02:00', '2026-03-01T10:30:00.000Z'],
  ])('reads %s', (text, moment) => {
    expect(new Date(momentOf(text, now)).toISOString()).toBe(moment);
  });

  it.each(['', '5', '5w', '-1h', '2026-13-01', '2026-03-01 12:30', '1h2m', '9999999d'])(
    'refuses %s',
    (text) => {
      expect(() => momentOf(text, now)).toThrow(expect.objectContaining({ code: 'E_ARGUMENTS' }));
    },
  );
});
