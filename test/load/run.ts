/** `npm run test:load [-- --minutes N] [--only WORDS]`: what clients lose while a site is deployed again and again. */

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import { messageOf } from '../../core/errors.ts';
import startEngine from '../e2e/global-setup.ts';
import { type PrivateInstance, privateInstance } from '../helpers/private-instance.ts';
import { importNodeImage } from './node-image.ts';
import { faultsOf, reportLines } from './report.ts';
import { runScenario } from './scenario-run.ts';
import { type Scenario, scenarios, shareOf } from './scenarios.ts';

const { values: flags } = parseArgs({
  options: { minutes: { type: 'string', default: '14' }, only: { type: 'string', default: '' } },
});
const end = performance.now() + Number(flags.minutes) * 60_000;
const chosen = scenarios.filter(({ name }) => name.includes(flags.only));
const reloading = fileURLToPath(new URL('reload.config.ts', import.meta.url));
const say = (lines: readonly string[]) => void process.stdout.write(`${lines.join('\n')}\n`);

// What was started is ended in any case.
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    interrupted = true;
  });

/** Some scenarios, in turn, on an instance of their own. Returns how many kept their bounds. */
async function runSome(some: readonly Scenario[], config: string | undefined): Promise<number> {
  if (some.length === 0) return 0;
  const host = await privateInstance(config === undefined ? {} : { config });
  try {
    const image = await importNodeImage(await connectDocker(host.instance.dockerHost));
    let passed = 0;
    for (const scenario of some) if (!interrupted && (await runOne(host, image, scenario))) passed++;
    return passed;
  } finally {
    await host.dispose();
  }
}

async function runOne(host: PrivateInstance, image: string, scenario: Scenario): Promise<boolean> {
  const now = performance.now();
  const until = now + shareOf(scenario, chosen) * (end - now);
  try {
    const isOver = () => interrupted || performance.now() > until;
    const outcome = await runScenario(host, image, scenario, isOver);
    say(reportLines(outcome));
    return faultsOf(outcome).length === 0;
  } catch (error) {
    say([`NOT OK  ${scenario.name}`, `    ${messageOf(error)}`]);
    return false;
  }
}

const stopEngine = await startEngine();
let passed = 0;
try {
  const [plain, reload] = [chosen.filter((one) => !one.reload), chosen.filter((one) => one.reload)];
  passed += await runSome(plain, undefined);
  passed += await runSome(reload, reloading);
} finally {
  await stopEngine();
}
say(['', `${passed} passed, ${chosen.length - passed} failed, ${scenarios.length - chosen.length} skipped`]);
process.exitCode = passed === chosen.length && chosen.length > 0 ? 0 : 1;
