/** A start that fails is tried once more, with a new container, and never a third time. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { docker } from '../docker/lab.ts';
import { type OwnLabels, ownLabels } from '../helpers/inspection.ts';
import { command, type PrivateInstance, privateInstance } from '../helpers/private-instance.ts';

let host: PrivateInstance;
let own: OwnLabels;
beforeAll(async () => {
  host = await privateInstance();
  own = await ownLabels(host);
});
afterAll(() => host?.dispose());

/** Containers of a site that the engine started so far. */
async function starts(site: string): Promise<number> {
  const until = Math.floor(Date.now() / 1000) + 1;
  const filters = { type: ['container'], event: ['start'], ...own(`octohost.site=${site}`) };
  const stream: NodeJS.ReadableStream = await docker.getEvents({
    since: 0,
    until,
    filters: JSON.stringify(filters),
  });
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text.split('\n').filter((line) => line.includes('"start"')).length;
}

const containers = (site: string) =>
  docker.listContainers({ all: true, filters: own(`octohost.site=${site}`) });

it('an app that crashes at its first start and lives at the second is deployed', async () => {
  const shell =
    'test -e /data/seen || { touch /data/seen; echo no database yet; exit 7; }; echo up; exec httpd -f -p 8080';
  const pushed = await host.push('late', { Dockerfile: command(shell, ['EXPOSE 8080', 'VOLUME /data']) });
  expect(pushed.code, pushed.stderr).toBe(0);
  expect(pushed.stderr).toMatch(/ended with code 7 before it answered\. It is tried once more\./);
  expect(await starts('late')).toBe(2);
  expect(await containers('late')).toHaveLength(1);
  expect((await host.get('late')).status).not.toBe(0);
  expect((await host.octo('converge')).stdout).toMatch(/nothing to do/i);
});

it('an app that always crashes is refused after exactly two starts, and leaves nothing', async () => {
  const pushed = await host.push('never', { Dockerfile: command('echo hopeless; exit 9') });
  expect(pushed.code).not.toBe(0);
  expect(pushed.stderr).toContain('first try: container: hopeless');
  expect(pushed.stderr).toContain('E_CHECK_DEAD');
  expect(await starts('never')).toBe(2);
  expect(await containers('never')).toEqual([]);
});
