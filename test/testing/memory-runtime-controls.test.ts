import { afterEach, describe, expect, it } from 'vitest';
import type { Instance, PortBinding, StartRequest } from '../../core/index.ts';
import { collect, eventually, freshDeploy, freshSite, stepContext } from '../contracts/fixture.ts';
import { type Behaviour, memoryRouter, memoryRuntime } from '../testing.ts';

const runtime = memoryRuntime();
afterEach(() => runtime.dispose());

let nextPort = 19_000 + (process.pid % 90) * 10;
const binding = (): PortBinding => ({
  port: 8080,
  protocol: 'tcp',
  hostAddress: '127.0.0.1',
  hostPort: nextPort++,
});

function request(bindings: readonly PortBinding[] = [], image = 'sha256:any'): StartRequest {
  const site = freshSite();
  const spec = { site, image, environment: {}, ports: [], volumes: [], generation: 0 };
  return { spec, digest: 'd', release: 1, deploy: freshDeploy(), index: 1, bindings };
}

/** What a request gets, sent where the instance listens. */
async function answer({ bindings, site }: Instance, path?: string) {
  const router = memoryRouter();
  const upstreams = bindings.map(({ hostAddress: address, hostPort: port }) => ({ address, port }));
  const route = { site, domains: ['x.test' as never], upstreams };
  await router.apply(await router.prepare([route], stepContext()), stepContext());
  return router.request('x.test', path);
}

describe('memoryRuntime', () => {
  it('lets instances behave as the latest rule for them says', async () => {
    const bad = 'sha256:bad';
    runtime.behave({ kind: 'answers', status: 418, body: (start, path) => `${start.release} ${path}` });
    runtime.behave(({ spec }) =>
      spec.image === bad ? { kind: 'exits', code: 9, outOfMemory: true } : undefined,
    );
    const good = await runtime.start(request([binding()]), stepContext());
    expect(await answer(good, '/here')).toEqual({ status: 418, body: '1 /here' });
    const dead = await runtime.start(request([], bad), stepContext());
    const state = await eventually('its end', async () => {
      const found = await runtime.inspect(dead);
      return found?.running === false && found;
    });
    expect(state).toMatchObject({ exitCode: 9, outOfMemory: true });
  });

  it.each([
    { what: 'answers late', behaviour: { kind: 'answers', afterMs: 60_000 } },
    { what: 'answers at another port', behaviour: { kind: 'answers', port: 9090 } },
    { what: 'keeps silent', behaviour: { kind: 'silent' } },
  ] as { what: string; behaviour: Behaviour }[])(
    'runs, with nothing to be had, where it $what',
    async ({ behaviour }) => {
      runtime.behave(behaviour);
      const instance = await runtime.start(request([binding()]), stepContext());
      expect(await answer(instance)).toMatchObject({ status: 502 });
      expect(await runtime.inspect(instance)).toMatchObject({ running: true });
    },
  );

  it('brings back after a reboot what is kept, and nothing else', async () => {
    runtime.behave({ kind: 'silent' });
    const [kept, other] = [
      await runtime.start(request(), stepContext()),
      await runtime.start(request(), stepContext()),
    ];
    await runtime.keep(kept);
    await runtime.reboot();
    expect(await runtime.inspect(kept)).toMatchObject({ running: true, restarts: 1 });
    expect(await runtime.inspect(other)).toMatchObject({ running: false });
  });

  it('can lose an instance and print into its log', async () => {
    runtime.behave({ kind: 'silent' });
    const instance = await runtime.start(request(), stepContext());
    runtime.print(instance, 'oh', 'stderr');
    const lines = await collect(runtime.logs(instance, {}, new AbortController().signal));
    expect(lines).toEqual([{ instance: instance.name, stream: 'stderr', text: 'oh' }]);
    await runtime.vanish(instance);
    expect(await runtime.inspect(instance)).toBeUndefined();
  });
});
