import { describe, expect, it } from 'vitest';
import { createBuildOutput } from '../../../plugins/dockerfile-builder/build-output.ts';
import { trace } from './trace.ts';

function printed(...events: Parameters<ReturnType<typeof createBuildOutput>['accept']>[0][]) {
  const lines: string[] = [];
  const output = createBuildOutput((line) => lines.push(line));
  for (const event of events) output.accept(event);
  output.end();
  return { lines, output };
}

const step = (digest: string, name: string, more: { cached?: boolean; error?: string } = {}) =>
  trace({ vertexes: [{ digest, name, started: true, ...more }] });
const log = (vertex: string, text: string, stream = 1) => trace({ logs: [{ vertex, text, stream }] });

describe('The output of a BuildKit build', () => {
  it('tells each step once, when it starts, and its lines below it', () => {
    const waiting = trace({ vertexes: [{ digest: 'b', name: '[2/2] RUN make' }] });
    const { lines } = printed(
      step('a', '[1/2] FROM x', { cached: true }),
      waiting,
      step('b', '[2/2] RUN make'),
      log('b', 'one\ntw'),
      log('b', 'o\nrest'),
      step('b', '[2/2] RUN make'),
    );
    expect(lines).toEqual(['[1/2] FROM x (cached)', '[2/2] RUN make', '  one', '  two', '  rest']);
  });

  it('says the step again when another one came between', () => {
    const { lines } = printed(
      step('a', 'A'),
      step('b', 'B'),
      log('a', 'x\n'),
      log('b', 'y\n'),
      log('b', 'z\n'),
    );
    expect(lines).toEqual(['A', 'B', 'A', '  x', 'B', '  y', '  z']);
  });

  it('does not mix stdout and stderr within a line', () => {
    const { lines } = printed(step('a', 'A'), log('a', 'out', 1), log('a', 'err\n', 2), log('a', 'put\n', 1));
    expect(lines).toEqual(['A', '  err', '  output']);
  });

  it('says nothing of the housekeeping', () => {
    const names = ['[internal] load metadata for x', 'copy /context /', 'exporting to image'];
    expect(printed(...names.map((name) => step(name, name))).lines).toEqual([]);
  });

  it('tells warnings', () => {
    expect(printed(trace({ warnings: ['careful'] })).lines).toEqual(['warning: careful']);
  });

  it('knows why a front end is missing', () => {
    const { output } = printed(
      step('a', 'resolve image config for docker.io/docker/dockerfile:1', { error: 'no host' }),
    );
    expect(output.frontEndError()).toBe('no host');
  });

  it('does not take a failed step for a missing front end', () => {
    const { output } = printed(step('a', '[2/2] RUN false', { error: 'exit code: 1' }));
    expect(output.frontEndError()).toBeUndefined();
  });
});

describe('The output of a classic build', () => {
  it('is its steps and their lines, without the ids and without the red of stderr', () => {
    const { lines } = printed(
      { stream: 'Step 1/2 : FROM x' },
      { stream: '\n' },
      { stream: ' ---> fa61a4f871e3\n' },
      { stream: 'Step 2/2 : RUN make' },
      { stream: '\n' },
      { stream: ' ---> Running in c1daa8acc5ab\n' },
      { stream: 'out\n' },
      { stream: '\u001B[91merr\n\u001B[0m' },
      { stream: 'Removing intermediate container c1daa8acc5ab\n' },
      { aux: { ID: 'sha256:1' } },
      { stream: 'Successfully built d13ed865a216\n' },
    );
    expect(lines).toEqual(['Step 1/2 : FROM x', 'Step 2/2 : RUN make', 'out', 'err']);
  });

  it('tells that a step was cached', () => {
    expect(printed({ stream: ' ---> Using cache\n' }).lines).toEqual([' ---> Using cache']);
  });
});

describe('The end of a build', () => {
  it('has the error that the stream told, and the last twenty lines', () => {
    const many = Array.from({ length: 25 }, (_, index) => ({ stream: `${index}\n` }));
    const { output } = printed(...many, { error: 'it broke' });
    expect(output.error()).toBe('it broke');
    expect(output.last()).toEqual(Array.from({ length: 20 }, (_, index) => String(index + 5)));
  });
});
