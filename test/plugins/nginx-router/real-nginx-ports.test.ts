/** A real nginx tries a port that is taken for 2.5 seconds: these tests wait together, each with its own nginx. */
import { describe, it } from 'vitest';
import { generationInForce } from '../../../plugins/nginx-router/status.ts';
import { apply, createLab, recordingContext, route, textOf } from './lab.ts';

describe.concurrent('a port that another program has', () => {
  it('as the new port of a running nginx: the change is taken back', async ({ expect, onTestFinished }) => {
    const lab = await createLab();
    onTestFinished(lab.end);
    const taken = await lab.occupiedPort();
    const old = await apply(lab.router(), route('app', await lab.upstream('old')));
    const other = lab.router({ port: taken });
    const prepared = await other.prepare([route('app', await lab.upstream('new'))], recordingContext());
    await expect(other.apply(prepared, recordingContext())).rejects.toMatchObject({
      code: 'E_NGINX_UNCONFIRMED',
      hint: expect.stringContaining(`Port ${taken} is in use`),
      message: expect.stringContaining('The old ones are in force'),
      details: expect.arrayContaining([expect.stringContaining('still could not bind()')]),
    });
    expect((await lab.request('app.test', '/')).body).toBe('old');
    expect(await textOf(lab.layout.conf)).toBe(old.text);
    expect(await generationInForce(lab.layout)).toBe(old.generation);
  });

  it('and a nginx that is silent for confirmSeconds: the change is taken back', async ({
    expect,
    onTestFinished,
  }) => {
    const lab = await createLab();
    onTestFinished(lab.end);
    const taken = await lab.occupiedPort();
    const old = await apply(lab.router(), route('app', await lab.upstream('old')));
    const other = lab.router({ port: taken, confirmSeconds: 0.2 });
    const prepared = await other.prepare([], recordingContext());
    await expect(other.apply(prepared, recordingContext())).rejects.toMatchObject({
      code: 'E_NGINX_UNCONFIRMED',
      message: expect.stringContaining('The old ones are in force'),
      details: expect.arrayContaining([expect.stringContaining('did not answer within 0.2 s')]),
    });
    expect(await generationInForce(lab.layout)).toBe(old.generation);
  });

  it('at the first start: nothing is left running, and no configuration', async ({
    expect,
    onTestFinished,
  }) => {
    const lab = await createLab();
    onTestFinished(lab.end);
    const taken = await lab.occupiedPort();
    const router = lab.router({ port: taken });
    const prepared = await router.prepare([], recordingContext());
    await expect(router.apply(prepared, recordingContext())).rejects.toMatchObject({
      code: 'E_NGINX_START',
      hint: expect.stringContaining(`Port ${taken} is in use`),
    });
    expect(await lab.master()).toBeUndefined();
    expect(await generationInForce(lab.layout)).toBeUndefined();
    expect(await textOf(lab.layout.conf)).toBeUndefined();
  });
});
