/** A site with a port of the host, which two versions cannot share: for a moment nobody answers, and never a third thing. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { freePort } from '../contracts/free-port.ts';
import { page } from '../helpers/private-instance.ts';
import { type Kind, push } from './kinds.ts';
import { faultLab, faultyConfig } from './lab.ts';
import { matrix, oneOfEach } from './matrix.ts';

const port = await freePort();
const dir = await mkdtemp(join(tmpdir(), 'octo-f-'));
const config = join(dir, 'octohost.config.ts');
await writeFile(
  config,
  `import { defineConfig } from 'octohost';
import base from ${JSON.stringify(faultyConfig)};
export default defineConfig({ ...base, allow: [{ sites: '*', ports: [${port}] }] });
`,
);
const lab = await faultLab({ config });
afterAll(async () => {
  await lab.dispose();
  await rm(dir, { recursive: true });
});

const files = (text: string) => {
  const { Dockerfile = '', ...others } = page(text);
  return { Dockerfile: `# PORTS_FROM_HOST ${port} 8080 127.0.0.1\n${Dockerfile}`, ...others };
};

/** One such site at a time: each round's site gives the port up for the next one's. */
const hostPort: Kind = {
  ...push,
  name: 'host port',
  gap: true,
  async prepare(_, site) {
    const done = await lab.host.push(site, files('the first'));
    if (done.code !== 0) throw new Error(done.stderr);
    return 'the first';
  },
  deploy: (_, site, answer) => lab.host.push(site, files(answer)),
};

await matrix(lab, hostPort, oneOfEach);
