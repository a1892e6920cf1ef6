/** A repository with an index.html and no Dockerfile: pushed over real git, built and served for real. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { done, type PrivateInstance, privateInstance } from '../helpers/private-instance.ts';

let host: PrivateInstance;
beforeAll(async () => {
  host = await privateInstance();
  await host.configure('import ', `import { staticSites } from 'octohost/plugins/static';\n`);
  await host.configure('dockerfileBuilder()', `staticSites({ image: 'octohost/busybox:1' }), `);
});
afterAll(() => host?.dispose());

it('a push of an index.html is a site, a change changes it, and hidden files are not served', async () => {
  await done(host.push('plain', { 'index.html': 'hello', 'a/page.txt': 'deeper', '.env': 'secret' }));
  expect(await host.get('plain')).toEqual({ status: 200, body: 'hello' });
  expect(await host.get('plain', '/a/page.txt')).toEqual({ status: 200, body: 'deeper' });
  expect((await host.get('plain', '/.env')).status).toBe(404);
  await done(host.push('plain', { 'index.html': 'changed' }));
  expect((await host.get('plain')).body).toBe('changed');
});
