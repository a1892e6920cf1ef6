/** Commands with somebody at them. */
import { PassThrough, Writable } from 'node:stream';
import { expect } from 'vitest';
import type { Streams } from '../../core/index.ts';
import { eventually, freshDeploy, stepContext } from './fixture.ts';
import { type Bench, benchCheck, type RuntimeCommands, type RuntimeFixture } from './runtime-bench.ts';
import type { Check } from './suite.ts';

/** Every byte that there is, and a line without an end. */
const typed = Buffer.concat([
  Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte)),
  Buffer.from('x'),
]);

function desk() {
  const seen = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  const into = (name: keyof typeof seen) =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        seen[name] = Buffer.concat([seen[name], chunk]);
        done();
      },
    });
  const stdin = new PassThrough();
  const streams: Streams = { stdin, stdout: into('stdout'), stderr: into('stderr') };
  return { streams, stdin, text: () => ({ stdout: String(seen.stdout), stderr: String(seen.stderr) }), seen };
}

type Desk = ReturnType<typeof desk>;
type Way = (
  bench: Bench,
  at: Desk,
  command: keyof RuntimeCommands,
  environment?: Readonly<Record<string, string>>,
  signal?: AbortSignal,
) => Promise<number>;

const graceSeconds = 30;

const inItsOwn: Way = (
  { fixture: { runtime, commands }, request },
  at,
  command,
  environment = {},
  signal,
) => {
  const { spec } = request('lingers', { spec: { environment } });
  return runtime.runAttended(
    { spec, deploy: freshDeploy(), command: commands[command] },
    at.streams,
    { graceSeconds },
    { ...stepContext(), ...(signal ? { signal } : {}) },
  );
};

const inAnInstance: Way = async (
  { fixture: { runtime, commands }, start },
  at,
  command,
  environment = {},
  signal,
) =>
  runtime.execAttended(
    await start('lingers', { spec: { environment } }),
    commands[command],
    at.streams,
    signal ?? new AbortController().signal,
  );

function both(where: string, way: Way): Check<RuntimeFixture>[] {
  return [
    benchCheck(`passes on what a command says ${where}, and its exit code`, async (bench) => {
      const at = desk();
      expect(await way(bench, at, 'speaks', { GREETING: 'hello', EXIT_CODE: '3' })).toBe(3);
      expect(at.text()).toEqual({ stdout: 'hello\n', stderr: 'warned\n' });
    }),
    benchCheck(`passes on what is typed into a command ${where}, byte by byte, to its end`, async (bench) => {
      const at = desk();
      at.stdin.end(typed);
      expect(await way(bench, at, 'echoes')).toBe(0);
      expect(at.seen.stdout).toEqual(typed);
    }),
  ];
}

/** In a container of its own. */
export const attendedTasks: readonly Check<RuntimeFixture>[] = [
  ...both('in a container of its own', inItsOwn),

  benchCheck('tells an attended task from others while it runs, and removes it', async (bench) => {
    const { runtime } = bench.fixture;
    const at = desk();
    const running = inItsOwn(bench, at, 'echoes');
    const task = await eventually('the task', async () =>
      (await runtime.tasks()).find(({ attended }) => attended),
    );
    expect(await runtime.list(task.site)).toEqual([]);
    await eventually('that it runs', async () => (await runtime.inspect(task))?.running);
    at.stdin.end();
    expect(await running).toBe(0);
    expect(await runtime.tasks(task.site)).toEqual([]);
    expect(await runtime.inspect(task)).toBeUndefined();
  }),

  benchCheck(
    'asks an attended task to end when the signal aborts, and passes on what it still says',
    async (bench) => {
      const at = desk();
      const stop = new AbortController();
      const running = inItsOwn(bench, at, 'lingers', {}, stop.signal);
      const rejected = expect(running).rejects.toMatchObject({ code: 'E_ABORTED' });
      await eventually('its first line', async () => at.text().stdout.includes('ready'));
      stop.abort();
      await rejected;
      expect(at.text().stdout).toBe('ready\nending\nended\n');
      expect((await bench.fixture.runtime.tasks()).filter(({ attended }) => attended)).toEqual([]);
    },
  ),
];

/** In an instance. */
export const attendedCommands: readonly Check<RuntimeFixture>[] = [
  ...both('in an instance', inAnInstance),

  benchCheck('rejects an attended command when the signal aborts, and leaves its instance', async (bench) => {
    const { fixture, start } = bench;
    const at = desk();
    const stop = new AbortController();
    const instance = await start('lingers');
    const running = fixture.runtime.execAttended(instance, fixture.commands.lingers, at.streams, stop.signal);
    const rejected = expect(running).rejects.toMatchObject({ code: 'E_ABORTED' });
    await eventually('its first line', async () => at.text().stdout.includes('ready'));
    stop.abort();
    await rejected;
    expect(await fixture.runtime.inspect(instance)).toMatchObject({ running: true });
  }),
];
