/** Every command of the guides, typed in their order on a private instance, shows what they say. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sshCommand } from '../../cli/dev/instance-files.ts';
import { guideSteps, missingIn } from '../helpers/guide.ts';
import {
  committer,
  octoPath,
  type PrivateInstance,
  privateInstance,
  ran,
} from '../helpers/private-instance.ts';

/** In the order of a reader: each goes on with the site of the first. */
const guides = ['FIRST-PUSH', 'CONFIGURATION', 'DOMAINS', 'CHECKS', 'ROLLBACK', 'TROUBLESHOOTING'];

let host: PrivateInstance;
beforeAll(async () => {
  host = await privateInstance();
});
afterAll(() => host?.dispose());

/** The server and the suffix of the guides are those of the instance. */
function here(text: string): string {
  const { pushUrl, httpUrl, domainSuffix } = host.instance;
  return text
    .replaceAll(/ssh:\/\/git@host\/([a-z]+)\.git/g, (_, site: string) => pushUrl.replace('{site}', site))
    .replaceAll(/http:\/\/([a-z-]+)\.example\.com/g, `http://$1.${domainSuffix}:${new URL(httpUrl).port}`)
    .replaceAll('example.com', domainSuffix)
    .replaceAll('FROM busybox:1', 'FROM octohost/busybox:1');
}

describe.each(guides)('%s', (guide) => {
  const steps = guideSteps(readFileSync(new URL(`../../cli/guides/${guide}.md`, import.meta.url), 'utf8'));

  it.each(steps.map((step, index) => ({ ...step, name: `${index + 1}: ${step.typed.split('\n')[0]}` })))(
    '$name',
    async ({ typed, fails, shows }) => {
      const env = {
        ...process.env,
        ...committer,
        OCTOHOST_CONFIG: host.instance.configFile,
        GIT_SSH_COMMAND: sshCommand(host.instance),
        PATH: `${dirname(octoPath)}:${process.env['PATH']}`,
      };
      // A reader stays in the folder of the guide; each block begins where all of them do.
      const inShop = guide === 'FIRST-PUSH' && !typed.startsWith('mkdir') ? 'cd shop\n' : '';
      const { code, stdout, stderr } = await ran('sh', ['-ec', `exec 2>&1\n${inShop}${here(typed)}`], {
        env,
        cwd: host.dir,
        input: '',
      });
      expect(code === 0, `${stdout}${stderr}`).toBe(!fails);
      expect(missingIn(stdout, shows.map(here)), stdout).toBeUndefined();
    },
  );
});
