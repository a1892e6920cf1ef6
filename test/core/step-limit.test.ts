/** A step whose own time is over is no deploy that somebody stopped. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { errors, parseSiteName, type StepContext } from '../../core/index.ts';
import { stepSeconds } from '../../core/run.ts';
import { failureNotice } from '../../plugins/notify/notice.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const site = parseSiteName('app');
let world: TestEngine;
let limit: AbortController;

/** The build's limit is over when the test says so. */
function limited(): void {
  limit = new AbortController();
  const real = AbortSignal.timeout.bind(AbortSignal);
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => (ms === 200_000_000 ? limit.signal : real(ms)));
  world = testEngine();
}

const over = () => limit.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));

/** A build that goes on until it is told to stop, and says so in its way. */
function buildUntilStopped(stop: () => void, say: () => unknown): void {
  world.roles.builder.faults.on('build', async (_: unknown, { signal }: StepContext) => {
    const stopped = once(signal, 'abort');
    stop();
    await stopped;
    throw say();
  });
}

describe('a step whose time is over', () => {
  afterEach(async () => {
    vi.restoreAllMocks();
    await world.dispose();
  });

  it.each([
    { says: 'that it was stopped', say: () => errors.E_ABORTED({ what: 'The build of app' }) },
    { says: 'anything', say: () => new Error('connection closed') },
  ])('says so where its provider says $says, and is told of as a failure', async ({ say }) => {
    limited();
    buildUntilStopped(over, say);
    const deployed = world.engine.deploy([push(site)], world.operation());
    await expect(deployed).rejects.toMatchObject({
      code: 'E_STEP_TIMEOUT',
      message: 'The build of app did not end within 200000 s, which is the limit of this step.',
      hint: expect.stringContaining('octo doctor'),
      step: 'build',
      site,
    });
    const [failed] = world.recorder.payloads('failed');
    expect(failureNotice(failed, 'host1').event).toBe('deploy-failed');
  });

  it('keeps what its provider knows better', async () => {
    limited();
    buildUntilStopped(over, () => errors.E_TIMEOUT({ what: 'The download', seconds: 5 }));
    const deployed = world.engine.deploy([push(site)], world.operation());
    await expect(deployed).rejects.toMatchObject({ code: 'E_TIMEOUT', step: 'build' });
  });

  it('was interrupted where somebody did that first', async () => {
    limited();
    const interrupt = new AbortController();
    buildUntilStopped(
      () => interrupt.abort(errors.E_ABORTED({ what: 'octo deploy' })),
      () => {
        over();
        return errors.E_ABORTED({ what: 'The build of app' });
      },
    );
    const deployed = world.engine.deploy([push(site)], world.operation({ signal: interrupt.signal }));
    await expect(deployed).rejects.toMatchObject({ code: 'E_ABORTED' });
  });
});

it('the guide to writing plugins names the limit of each step', () => {
  const guide = readFileSync(new URL('../../plugins/WRITING.md', import.meta.url), 'utf8');
  const rows = [...guide.matchAll(/^\| (\w+) \| (\d+) \|/gm)].map(([, step, seconds]) => [
    step,
    Number(seconds),
  ]);
  expect(Object.fromEntries(rows)).toEqual(stepSeconds);
});
