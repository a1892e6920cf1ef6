import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dockerClient } from '../../../plugins/shared/docker-client.ts';
import { engineWords, isUnreachable, statusOf } from '../../../plugins/shared/docker-errors.ts';

describe('The Docker client', () => {
  let folder: string;
  let server: Server;
  const closed = Promise.withResolvers<void>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'docker-client-'));
    server = createServer((request, response) => {
      if (request.url === '/version') response.end('{"ApiVersion":"1.41"}');
      else if (request.url === '/info') request.socket.once('close', closed.resolve);
      else response.writeHead(404).end('{"message":"page not found"}');
    });
    await new Promise<void>((resolve) => server.listen(join(folder, 'd.sock'), resolve));
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  it('speaks to the engine of DOCKER_HOST', async () => {
    const client = dockerClient(undefined, { DOCKER_HOST: `unix://${folder}/d.sock` });
    expect(await client.use((docker) => docker.version())).toEqual({ ApiVersion: '1.41' });
  });

  it('says which engine cannot be reached', async () => {
    const client = dockerClient(`unix://${folder}/none.sock`, {});
    await expect(client.use((docker) => docker.version())).rejects.toMatchObject({
      code: 'E_UNAVAILABLE',
      message: expect.stringContaining(`${folder}/none.sock`),
    });
  });

  it('leaves an answer of the engine as it is', async () => {
    const client = dockerClient(`unix://${folder}/d.sock`, {});
    const error = await client.use((docker) => docker.getContainer('x').inspect()).catch((thrown) => thrown);
    expect({ status: statusOf(error), words: engineWords(error) }).toEqual({
      status: 404,
      words: 'page not found',
    });
  });

  it('closes the connections of work whose signal aborts', async () => {
    const client = dockerClient(`unix://${folder}/d.sock`, {});
    const stop = new AbortController();
    const work = client.useAlone(stop.signal, (docker) => {
      setTimeout(() => stop.abort(), 50);
      return docker.info();
    });
    await expect(work).rejects.toThrow();
    await closed.promise;
  });
});

describe('A broken connection', () => {
  it.each([
    { name: 'is a refused one', error: { code: 'ECONNREFUSED' }, is: true },
    { name: 'is a socket that is not there', error: { code: 'ENOENT', syscall: 'connect' }, is: true },
    { name: 'is not a file that is not there', error: { code: 'ENOENT', syscall: 'open' }, is: false },
    { name: 'is not an answer', error: { code: 'ECONNREFUSED', statusCode: 500 }, is: false },
    { name: 'is not a bug', error: new TypeError('x'), is: false },
  ])('$name', ({ error, is }) => {
    expect(isUnreachable(error)).toBe(is);
  });
});
