/** A site file on real components: pushed by git, in the container, behind nginx, told by octo; and refused with its lines. */
import { symlink } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { command, get, type PrivateInstance, privateInstance } from '../helpers/private-instance.ts';

let host: PrivateInstance;
beforeAll(async () => {
  host = await privateInstance();
});
afterAll(() => host?.dispose());

const Dockerfile = command(
  'mkdir -p /www; echo -n "$GREETING" > /www/index.html; exec httpd -f -p 8080 -h /www',
);
const siteFile = `instances: 2
environment:
  GREETING: good morning
domains:
  - filed.test
`;
const done = async (work: Promise<{ code: number; stdout: string; stderr: string }>) => {
  const result = await work;
  expect(result.code, result.stderr).toBe(0);
  return result;
};
const origins = async () => {
  const { stdout } = await done(host.octo('explain', 'filed', '--json'));
  const { specification } = JSON.parse(stdout) as {
    specification: { name: string; value: string; origin: string }[];
  };
  return Object.fromEntries(
    specification.map(({ name, value, origin }) => [name === 'environment' ? value : name, origin]),
  );
};

it('what it says is there as soon as the push returns, and octo tells from which line', async () => {
  await done(host.push('filed', { Dockerfile, '.octohost.yml': siteFile }));
  expect(await host.get('filed')).toEqual({ status: 200, body: 'good morning' });
  expect((await get(host.instance, 'filed.test')).body).toBe('good morning');
  const { stdout } = await done(host.octo('status', 'filed', '--json'));
  expect(JSON.parse(stdout)).toMatchObject({ state: 'up', running: 2, wanted: 2, changed: false });
  expect(await origins()).toMatchObject({
    instances: '.octohost.yml line 1',
    GREETING: '.octohost.yml line 3',
  });
});

it('a setting overrides it, and gives it back', async () => {
  await done(host.octo('config:set', 'filed/GREETING', 'good night'));
  expect((await host.get('filed')).body).toBe('good night');
  expect(await origins()).toMatchObject({ GREETING: 'setting GREETING' });
  await done(host.octo('config:rm', 'filed/GREETING'));
  expect((await host.get('filed')).body).toBe('good morning');
});

it('one with three mistakes refuses the push with three lines, before a build', async () => {
  const wrong = 'instnces: 2\nport: no\nenvironment:\n  OCTO_X: 1\n';
  const pushed = await host.push('filed', { '.octohost.yml': wrong });
  expect(pushed.code).not.toBe(0);
  expect(pushed.stderr).toContain('.octohost.yml cannot be used');
  expect(pushed.stderr).toContain('line 1: there is no key instnces; did you mean instances?');
  expect(pushed.stderr).toContain('line 2: port is not a whole number from 1 to 65535');
  expect(pushed.stderr).toContain("line 4: environment.OCTO_X begins with OCTO_, which is octohost's own");
  expect(pushed.stderr).not.toContain('building');
  const url = host.instance.pushUrl.replace('{site}', 'filed');
  const planned = await host.git('filed', 'push', '-o', 'plan', url, 'main');
  expect(planned.stderr).toContain('line 1: there is no key instnces; did you mean instances?');
  expect((await host.get('filed')).body).toBe('good morning');
});

it('one that is a link counts as not there', async () => {
  await host.push('linked', { Dockerfile, 'real.yml': siteFile });
  await symlink('real.yml', `${host.dir}/repositories/linked/.octohost.yml`);
  await done(host.push('linked', {}));
  const { stdout } = await done(host.octo('status', 'linked', '--json'));
  expect(JSON.parse(stdout)).toMatchObject({ wanted: 1 });
});
