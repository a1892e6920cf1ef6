/** A build that never ends, or never stops talking, is ended; the old release serves on. */
import { afterEach, describe, expect, it } from 'vitest';
import { withinLimits } from '../../core/build-limits.ts';
import { parseSiteName } from '../../core/grammar.ts';
import type { StepContext } from '../../core/roles.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
const limits = { maxSeconds: 60, maxOutputMegabytes: 1 };
let world: TestEngine | undefined;
afterEach(async () => {
  await world?.dispose();
  world = undefined;
});

function context(signal = new AbortController().signal): StepContext & { said: string[] } {
  const said: string[] = [];
  return { signal, output: (line) => void said.push(line), warn: () => {}, said };
}

/** A builder that hears when it is told to stop. */
const untilStopped = ({ signal }: StepContext) =>
  new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });

describe('a build', () => {
  it('within its limits is what it was, and says what it said', async () => {
    const told = context();
    const built = await withinLimits(limits, told, async ({ output }) => {
      output('one');
      return 'image';
    });
    expect(built).toBe('image');
    expect(told.said).toEqual(['one']);
  });

  it('that says too much is stopped, and what it says from then on is lost', async () => {
    const told = context();
    const talking = withinLimits(limits, told, async (limited) => {
      for (let line = 0; line < 2_000; line++) limited.output('x'.repeat(999));
      return untilStopped(limited);
    });
    await expect(talking).rejects.toMatchObject({ code: 'E_BUILD_LIMIT', message: /more than 1 MB/ });
    expect(told.said).toHaveLength(1_000);
  });

  it('that never ends is stopped', async () => {
    const endless = withinLimits({ ...limits, maxSeconds: 0.01 }, context(), untilStopped);
    await expect(endless).rejects.toMatchObject({ code: 'E_BUILD_LIMIT', message: /longer than 0.01 s/ });
  });

  it('that somebody else stops, or that fails, says why', async () => {
    const stopped = withinLimits(limits, context(AbortSignal.abort(new Error('asked'))), async ({ signal }) =>
      signal.throwIfAborted(),
    );
    await expect(stopped).rejects.toThrow('asked');
    const failing = withinLimits(limits, context(), () => Promise.reject(new Error('no such image')));
    await expect(failing).rejects.toThrow('no such image');
  });
});

it('of a push that says too much leaves the old release as it was', async () => {
  world = testEngine({ builds: { maxOutputMegabytes: 1 } });
  await world.engine.deploy([push(app, { content: '1' })], world.operation());
  world.roles.builder.faults.on('build', (_request, { output }: StepContext) => {
    for (let line = 0; line < 1_100; line++) output('x'.repeat(999));
  });
  const refused = world.engine.deploy([push(app, { content: '2' })], world.operation());
  await expect(refused).rejects.toMatchObject({ code: 'E_BUILD_LIMIT', step: 'build', site: 'app' });
  expect((await world.engine.current(app))?.number).toBe(1);
  expect((await world.roles.router.request('app.example.com')).status).toBe(200);
});
