import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from '../command-line.ts';
import { type Sample, sample } from '../sample.ts';

let line: CommandLine;
let site: Sample;
beforeEach(async () => {
  line = commandLine();
  site = await sample();
  // Six releases with an image each, of which five are within reach, and nobody has freed anything yet.
  for (const content of ['1', '2', '3', '4', '5', '6']) {
    await site.write('content', content);
    await line.octo('deploy', 'app', site.folder);
  }
  for (const instance of await line.roles.runtime.list())
    if (instance.release !== 6) await line.roles.runtime.vanish(instance);
  await line.roles.store.transact([{ kind: 'delete', key: 'octohost-state/retiring/app' }]);
}, 20_000);
afterEach(async () => {
  await line.dispose();
  await site.dispose();
});

const images = () => line.roles.builder.images.size;

describe('octo clean', () => {
  it('shows with --dry-run what could be freed, and frees nothing', async () => {
    const { stdout, code } = await line.octo('clean', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^app: the image octohost\/app:\w+\napp: cannot go back to 1 after that\n$/);
    expect(images()).toBe(6);
    expect((await line.octo('clean', 'app', '--dry-run', '--json')).json()).toMatchObject({
      sites: [{ site: 'app', images: [{ site: 'app' }], releases: [1] }],
      freed: false,
    });
  });

  it('frees with --yes, and has nothing to do then', async () => {
    expect(await line.octo('clean', 'app', '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Freed: 1 image, 0 records.\n'),
    });
    expect(images()).toBe(5);
    expect((await line.octo('clean', '--yes')).stdout).toMatch(/^Nothing to free/);
    expect((await line.octo('releases', 'app')).stdout).toMatch(/^1 .* image gone /m);
    const refused = await line.octo('rollback', 'app', '1');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('octo rollback app can go to 2, 3, 4, 5, 6');
  });

  it.each([
    { answer: 'yes', left: 5, code: 0 },
    { answer: 'no', left: 6, code: 2 },
    { answer: '', left: 6, code: 2 },
  ])('on a terminal asks, and takes "$answer" for an answer', async ({ answer, left, code }) => {
    const done = await line.octoWith({ terminal: true, stdin: `${answer}\n` }, 'clean');
    expect(done.code, done.stderr).toBe(code);
    expect(done.stdout).toContain('app: the image');
    expect(done.stderr).toContain('Free this?');
    expect(images()).toBe(left);
  });

  it('frees nothing where there is nobody to ask', async () => {
    const refused = await line.octo('clean', 'app');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('octo clean app --yes') });
    expect(images()).toBe(6);
  });
});

describe('octo releases:diff', () => {
  it('shows what differs, settings by their names', async () => {
    await line.octo('config:set', 'app/API_TOKEN', 'hush-hush');
    const { stdout, code } = await line.octo('releases:diff', 'app', '6', '7');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^WHAT +RELEASE 6 +RELEASE 7\nsetting API_TOKEN +- +set\n$/);
    const json = await line.octo('releases', 'diff', 'app', '1', '6', '--json');
    expect(json.json()).toMatchObject({ site: 'app', from: 1, to: 6, settings: { added: [] } });
    expect(JSON.stringify(json.json()['facts'])).toContain('image.id');
  });

  it('says so where nothing differs', async () => {
    expect((await line.octo('releases:diff', 'app', '6', '6')).stdout).toContain('have the same content');
  });
});
