/** Runtimes that are wrong on purpose. */
import { Readable, Writable } from 'node:stream';
import type { Runtime, Streams, Task } from '../../../core/index.ts';
import { isOctohostError } from '../../../core/index.ts';
import { runtimeFixture } from '../../testing/memory-fixtures.ts';
import { type RuntimeFixture, runtimeSuite } from '../runtime.ts';
import { breeder, type Cage } from './wrong.ts';

const wrong = breeder<RuntimeFixture, Runtime>(runtimeFixture, (fixture, change) => ({
  ...fixture,
  runtime: { ...fixture.runtime, ...change(fixture.runtime) },
}));

const isInstance = (task: Task) => 'release' in task;
const deaf = new AbortController().signal;

const mute = (streams: Streams): Streams => ({ ...streams, stdin: Readable.from([]) });
const own = 'in a container of its own';

/** Wrong with somebody at a command. */
const attended = [
  wrong(
    'says that every attended task went well',
    `passes on what a command says ${own}, and its exit code`,
    ({ runAttended }) => ({
      async runAttended(...words) {
        await runAttended(...words);
        return 0;
      },
    }),
  ),
  wrong(
    'passes nothing on to a task',
    `passes on what is typed into a command ${own}, byte by byte, to its end`,
    ({ runAttended }) => ({
      runAttended: (request, streams, ...words) =>
        request.command[0] === 'echoes' && !streams.stdin.readableEnded && streams.stdin.readableLength > 0
          ? runAttended(request, mute(streams), ...words)
          : runAttended(request, streams, ...words),
    }),
  ),
  wrong(
    'takes an attended task for one that a deploy waits for',
    'tells an attended task from others while it runs, and removes it',
    ({ tasks }) => ({
      tasks: async (site) =>
        (await tasks(site)).map(({ id, name, site: of, deploy }) => ({ id, name, site: of, deploy })),
    }),
  ),
  wrong(
    'cuts off what an attended task says when it is stopped',
    'asks an attended task to end when the signal aborts, and passes on what it still says',
    ({ runAttended }) => ({
      runAttended(request, streams, options, context) {
        const stdout = new Writable({
          write(chunk, _encoding, done) {
            if (!context.signal.aborted) streams.stdout.write(chunk);
            done();
          },
        });
        return runAttended(request, { ...streams, stdout }, options, context);
      },
    }),
  ),
  wrong(
    'says that every attended command went well',
    'passes on what a command says in an instance, and its exit code',
    ({ execAttended }) => ({
      async execAttended(...words) {
        await execAttended(...words);
        return 0;
      },
    }),
  ),
  wrong(
    'passes nothing on to a command',
    'passes on what is typed into a command in an instance, byte by byte, to its end',
    ({ execAttended }) => ({
      execAttended: (instance, command, streams, signal) =>
        execAttended(instance, command, mute(streams), signal),
    }),
  ),
  wrong(
    'ends the instance with a command',
    'rejects an attended command when the signal aborts, and leaves its instance',
    ({ execAttended, stop }) => ({
      async execAttended(instance, command, streams, signal) {
        try {
          return await execAttended(instance, command, streams, signal);
        } finally {
          if (signal.aborted) await stop(instance, { graceSeconds: 0 });
        }
      },
    }),
  ),
];

export const runtimes: Cage<RuntimeFixture> = {
  suite: runtimeSuite(),
  wrong: [
    wrong(
      'numbers all instances alike',
      'starts an instance that carries every fact of its request, and lists it so',
      ({ start }) => ({
        start: async (request, context) => ({ ...(await start(request, context)), release: 7 }),
      }),
    ),
    wrong('writes the environment into lines', 'hands the environment over byte by byte', ({ start }) => ({
      start(request, context) {
        const environment = Object.fromEntries(
          Object.entries(request.spec.environment).map(([name, value]) => [
            name,
            value.replaceAll('\n', ' '),
          ]),
        );
        return start({ ...request, spec: { ...request.spec, environment } }, context);
      },
    })),
    wrong(
      'counts the start from when it is asked',
      'tells when a process started, in ISO 8601, the same each time it is asked',
      ({ inspect }) => {
        let asked = 0;
        return {
          async inspect(task) {
            const state = await inspect(task);
            if (!state?.running) return state;
            const startedAt = new Date(Date.parse(state.startedAt) + ++asked).toISOString();
            return { ...state, startedAt };
          },
        };
      },
    ),
    wrong(
      'leaves what did not get its port',
      'throws E_PORT_TAKEN for a host port in use, and leaves neither an instance nor a bound port',
      ({ start }) => ({
        start: (request, context) =>
          start(request, context).catch(async (error: unknown) => {
            if (isOctohostError(error) && error.code === 'E_PORT_TAKEN')
              await start({ ...request, bindings: [] }, context);
            throw error;
          }),
      }),
    ),
    wrong('does not hear that it should stop', 'starts nothing once the signal has aborted', ({ start }) => ({
      start: (request, context) => start(request, { ...context, signal: deaf }),
    })),
    wrong(
      'lists sites by how their names begin',
      'lists the instances of one site, or of all',
      ({ list }) => ({
        list: async (site) => (await list()).filter((instance) => instance.site.startsWith(site ?? '')),
      }),
    ),
    {
      what: 'sees what others started',
      caughtBy: "neither sees nor touches another installation's instances",
      async create() {
        const fixture = await runtimeFixture();
        return { ...fixture, another: { ...fixture.another, list: fixture.runtime.list } };
      },
    },
    wrong(
      'says that what failed went well',
      'keeps an instance that ended badly, with its exit code, and does not start it again',
      ({ inspect }) => ({
        async inspect(task) {
          const state = await inspect(task);
          return state && isInstance(task) && state.exitCode === 3 ? { ...state, exitCode: 0 } : state;
        },
      }),
    ),
    {
      what: 'starts again what nobody kept',
      caughtBy: 'leaves a crashed instance down until it is kept',
      async create() {
        const fixture = await runtimeFixture();
        let first = true;
        return {
          ...fixture,
          async crash(instance) {
            const state = await fixture.runtime.inspect(instance);
            if (first && !state?.kept) await fixture.runtime.keep(instance);
            first = false;
            await fixture.crash(instance);
          },
        };
      },
    },
    wrong(
      'is told once that it keeps an instance',
      'brings a kept instance back after a crash: another process at the same port',
      ({ keep }) => {
        const kept = new Set<string>();
        return {
          async keep(instance) {
            if (kept.has(instance.id)) throw new Error('It is kept already.');
            kept.add(instance.id);
            await keep(instance);
          },
        };
      },
    ),
    wrong('stops only what runs', 'removes an instance that has ended by itself', ({ stop, inspect }) => ({
      async stop(task, options) {
        if ((await inspect(task))?.running) await stop(task, options);
      },
    })),
    wrong('lets two have one name', 'throws E_NAME_TAKEN for the name of another instance', ({ rename }) => ({
      rename: (instance, name) =>
        rename(instance, name).catch((error: unknown) => {
          if (!(isOctohostError(error) && error.code === 'E_NAME_TAKEN')) throw error;
        }),
    })),
    wrong(
      'forgets what a name was before',
      'gives an instance another name, and back the one it was started with',
      ({ rename }) => ({
        rename: (instance, name) => rename(instance, name ?? `${instance.site}-back`),
      }),
    ),
    wrong(
      'says that every command went well',
      'runs a command in an instance, with its environment, and tells its exit code and output',
      ({ exec }) => ({
        exec: async (...parameters) => ({ ...(await exec(...parameters)), exitCode: 0 }),
      }),
    ),
    wrong(
      'keeps all that a command says',
      'keeps the last lines of a command that says much',
      ({ exec }) => ({
        async exec(instance, command, signal) {
          const result = await exec(instance, command, signal);
          if (result.lines.length < 10) return result;
          return { ...result, lines: Array.from({ length: 100 }, (_, index) => String(index + 1)) };
        },
      }),
    ),
    wrong(
      'runs a command to its end',
      'rejects a command once the signal has aborted, or for an instance that is gone',
      ({ exec }) => ({ exec: (instance, command) => exec(instance, command, deaf) }),
    ),
    wrong(
      'has all lines or none',
      'has the lines of an instance that has ended, all or the last ones',
      ({ logs }) => ({
        logs: (task, { follow = false, since = 0 }, signal) => logs(task, { follow, since }, signal),
      }),
    ),
    wrong('knows no time', 'gives the lines since a moment', ({ logs }) => ({
      logs: (task, { follow = false, tail }, signal) =>
        logs(task, { follow, ...(tail === undefined ? {} : { tail }) }, signal),
    })),
    wrong('has one stream', 'tells stdout from stderr', ({ logs }) => ({
      async *logs(task, options, signal) {
        for await (const line of logs(task, options, signal))
          yield isInstance(task) ? { ...line, stream: 'stdout' } : line;
      },
    })),
    wrong(
      'throws where it is told to stop following',
      'stops following, without an error, when the signal aborts',
      ({ logs }) => ({
        async *logs(task, options, signal) {
          yield* logs(task, options, signal);
          signal.throwIfAborted();
        },
      }),
    ),
    wrong(
      'throws volumes away',
      'gives the next instance of a site the data of the one before, which was stopped',
      ({ stop, volumes, removeVolume }) => ({
        async stop(task, options) {
          await stop(task, options);
          const all = await volumes(task.site);
          if (all.length > 1) for (const volume of all) await removeVolume(volume);
        },
      }),
    ),
    wrong(
      'lists volumes by how names begin',
      'keeps the volumes of sites apart, whatever their names begin with',
      ({ volumes, list }) => ({
        async volumes(site) {
          const sites = new Set((await list()).map((instance) => instance.site));
          const wanted = [...sites].filter((other) => other !== site && other.startsWith(site));
          return [...(await volumes(site)), ...(await Promise.all(wanted.map(volumes))).flat()];
        },
      }),
    ),
    wrong(
      'names volumes after the site alone',
      'gives a site the data of another owner, and tells of it by that one alone',
      ({ start }) => ({
        start: ({ volumeOwner: _owner, ...request }, context) => start(request, context),
      }),
    ),
    {
      what: 'removes what is not its own',
      caughtBy: "neither sees nor removes another installation's volumes",
      async create() {
        const fixture = await runtimeFixture();
        const { removeVolume } = fixture.runtime;
        return { ...fixture, another: { ...fixture.another, removeVolume } };
      },
    },
    wrong('keeps a volume for good', 'removes a volume by its name, with its data, and no other', () => ({
      removeVolume: async () => {},
    })),
    wrong(
      'takes a task for an instance',
      'keeps tasks and instances apart, and those of other installations',
      ({ list, tasks }) => ({
        list: async (site) => {
          const facts = { release: 0, spec: '', bindings: [] };
          const left = (await tasks(site)).filter((task) => !task.attended);
          return [...(await list(site)), ...left.map((task) => ({ ...task, ...facts }))];
        },
      }),
    ),
    wrong('follows one stream', 'ends with the log of a task that is followed', ({ logs }) => ({
      async *logs(task, options, signal) {
        for await (const line of logs(task, options, signal))
          if (!options.follow || isInstance(task) || line.stream === 'stdout') yield line;
      },
    })),
    ...attended,
    wrong(
      'does not hear of an end',
      'tells that an instance started and that it ended, by its id and site',
      ({ watch }) => ({
        async watch(signal) {
          const events = await watch(signal);
          return (async function* () {
            for await (const event of events) if (event.what !== 'die') yield event;
          })();
        },
      }),
    ),
    wrong(
      'says of all that they run',
      'names those that run as inspect does, where it can name all at once',
      ({ runningIds = async () => new Set<string>() }) => {
        const known = new Set<string>();
        return {
          async runningIds() {
            for (const id of await runningIds()) known.add(id);
            return known;
          },
        };
      },
    ),
    wrong('hears no signal', 'ends with the signal, also one that was aborted before', ({ watch }) => ({
      async watch(signal) {
        const events = await watch(signal);
        return (async function* () {
          yield* events;
          signal.throwIfAborted();
        })();
      },
    })),
    {
      what: 'claims to have no volumes and makes them',
      caughtBy: 'refuses to start an instance with a volume, and has none',
      create: runtimeFixture,
      suite: runtimeSuite({ volumes: false }),
    },
    {
      what: 'claims to run no commands and does',
      caughtBy: 'rejects a command in an instance',
      create: runtimeFixture,
      suite: runtimeSuite({ exec: false }),
    },
  ],
};
