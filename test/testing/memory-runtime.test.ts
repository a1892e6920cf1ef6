import { runtimeContract } from '../contracts/runtime.ts';
import { type Behaviour, memoryRuntime } from '../testing.ts';

const images = { serves: 'sha256:serves', ends: 'sha256:ends', lingers: 'sha256:lingers' };

const commands = { speaks: ['speaks'], lingers: ['lingers'] };

runtimeContract('memoryRuntime', async () => {
  const runtime = memoryRuntime(({ spec }): Behaviour => {
    switch (spec.image) {
      case images.serves:
        return {
          kind: 'answers',
          body: spec.environment['GREETING'] ?? '',
          port: 8080,
          stdout: ['listening'],
          stderr: ['warned'],
        };
      case images.ends:
        return {
          kind: 'exits',
          code: Number(spec.environment['EXIT_CODE']),
          stdout: ['one', 'two', 'three'],
        };
      default:
        return {
          kind: 'silent',
          stdout: ['ready'],
          farewell: ['ending', 'ended'],
          exec: answerTo(spec.environment['GREETING']),
        };
    }
  });
  runtime.behaveTasks(
    ({ command, spec: { environment } }): Behaviour =>
      command[0] === 'speaks'
        ? {
            kind: 'exits',
            code: Number(environment['EXIT_CODE']),
            stdout: [environment['GREETING'] ?? ''],
            stderr: ['warned'],
          }
        : { kind: 'silent', stdout: ['ready'], farewell: ['ending', 'ended'] },
  );
  return {
    runtime,
    commands,
    another: runtime.another(),
    images,
    crash: (instance) => runtime.crash(instance),
    write: async (instance, volume, name, content) =>
      void runtime.files(instance.site, volume).set(name, content),
    read: async (instance, volume, name) => runtime.files(instance.site, volume).get(name),
    dispose: () => runtime.dispose(),
  };
});

/** What the contract asks of a shell: a line of the environment and one on stderr, or many lines. */
function answerTo(greeting = ''): NonNullable<Behaviour['exec']> {
  return ([, , script]) =>
    script?.startsWith('seq')
      ? { exitCode: 0, lines: Array.from({ length: 20 }, (_, index) => String(index + 81)) }
      : { exitCode: 3, lines: [greeting, 'warned'] };
}
