import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { definePlugin, parseSiteName } from '../../../core/index.ts';
import { type CommandLine, commandLine } from '../command-line.ts';
import { type Sample, sample } from '../sample.ts';

const app = parseSiteName('app');
const mail = definePlugin({
  name: 'mail',
  setup({ hooks }) {
    hooks.settled.tap('tell', () => {
      throw new Error('no server');
    });
  },
});

let line: CommandLine;
let site: Sample;
beforeEach(async () => {
  line = commandLine({ more: [mail] });
  site = await sample();
  await line.octo('deploy', 'app', site.folder);
});
afterEach(async () => {
  await line.dispose();
  await site.dispose();
});

const lastDeploy = async () => (await line.engine().deploys(app)).at(-1)?.deploy ?? '';

describe('octo trace', () => {
  it('draws the last deploy of a site, or the one of an id, and fits the terminal', async () => {
    const id = await lastDeploy();
    const { stdout, stderr, code } = await line.octoWith({ terminal: true }, 'trace', 'app');
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(new RegExp(`^${id} of app: current, began .* \\(UTC\\), took \\d+ ms$`));
    expect(lines.map((one) => one.trim().split(/\s/, 1)[0])).toEqual(
      expect.arrayContaining(['receive', 'build', 'start', 'apply', 'settled']),
    );
    expect(stdout).toMatch(/settled mail:tell +\d+ ms +█+ *\n {2}! failed: .*no server/);
    for (const one of lines) expect(one.length).toBeLessThanOrEqual(80);
    expect((await line.octoWith({ terminal: true }, 'trace', id)).stdout).toBe(stdout);
  });

  it('prints the trace as one object, over ssh too', async () => {
    const shown = (await line.octoWith({ remote: true }, 'trace', 'app', '--json')).json();
    expect(shown).toMatchObject({ site: 'app', deploy: await lastDeploy(), phase: 'current' });
    expect(shown['spans']).toContainEqual(
      expect.objectContaining({
        kind: 'tap',
        hook: 'settled',
        plugin: 'mail',
        tap: 'tell',
        result: 'failed',
      }),
    );
  });

  it("prints Chrome's format, and not two formats at once", async () => {
    const { traceEvents } = (await line.octo('trace', 'app', '--chrome')).json();
    expect(traceEvents).toContainEqual(expect.objectContaining({ name: 'build', ph: 'X' }));
    expect((await line.octo('trace', 'app', '--chrome', '--json')).json()).toMatchObject({
      error: { code: 'E_ARGUMENTS' },
    });
  });

  it.each([
    { name: 'nothing', code: 'E_SITE_UNKNOWN' },
    { name: 'No-such!', code: 'E_DEPLOY_UNKNOWN' },
  ])('refuses $name', async ({ name, code }) => {
    expect((await line.octo('trace', name)).stderr).toContain(code);
  });
});
