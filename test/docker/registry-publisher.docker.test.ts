import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Image, Release } from '../../core/index.ts';
import { dockerfileBuilder } from '../../plugins/dockerfile-builder/index.ts';
import { imageBuilder } from '../../plugins/image-builder/index.ts';
import { registryPublisher } from '../../plugins/registry-publisher/index.ts';
import { type Account, type ImageRegistry, startImageRegistry } from './image-registry.ts';
import {
  buildRequest,
  docker,
  dockerfile,
  freePort,
  newInstallation,
  provided,
  recorder,
  site,
  sweep,
  treeOf,
} from './lab.ts';

const installation = newInstallation();
const account: Account = {
  username: 'octo',
  password: 'hush-hush',
  line: 'octo:$2b$05$abcdefghijklmnopqrstuu4uoW5CdSDmY8cLkib7pLDRBlvRVo8Pe',
};
const builder = provided(dockerfileBuilder(), 'builder', installation);
const pulling = provided(imageBuilder(), 'builder', installation);

let open: ImageRegistry;
let guarded: ImageRegistry;

beforeAll(async () => {
  [open, guarded] = await Promise.all([startImageRegistry(), startImageRegistry({ account })]);
});
afterAll(async () => {
  await sweep(installation);
  await open?.stop();
  await guarded?.stop();
});

const build = (text: string) =>
  builder.build(buildRequest(treeOf(dockerfile(`RUN echo ${text}${installation} > /x`))), recorder().context);

/** Only what a publisher looks at. */
function releaseOf(image: Image, number: number): Release {
  return { site, number, image } as Release;
}

const request = (reference: string) => buildRequest(treeOf({}), { source: { kind: 'image', reference } });

const localTags = async (image: Image) => (await docker.getImage(image.id).inspect()).RepoTags ?? [];

describe('The registry publisher', () => {
  it('pushes release and latest, tells the digest, and leaves no tag behind', async () => {
    const publisher = provided(registryPublisher({ registry: open.address }), 'publisher', installation);
    const image = await build('one');
    const { context, lines } = recorder();
    const reference = await publisher.publish(releaseOf(image, 1), context);
    const digest = await open.digest('app', '1');
    expect(reference).toBe(`${open.address}/app@${digest}`);
    expect(await open.digest('app', 'latest')).toBe(digest);
    expect(await localTags(image)).toEqual([image.tag]);
    expect(lines).toContainEqual(expect.stringContaining(`1: digest: ${digest}`));

    const second = await build('two');
    await publisher.publish(releaseOf(second, 2), context);
    expect(await open.digest('app', 'latest')).toBe(await open.digest('app', '2'));
    expect(await open.digest('app', '1')).toBe(digest);
    expect(await open.digest('app', '2')).not.toBe(digest);

    expect(await publisher.publish(releaseOf(image, 1), context)).toBe(reference);
    expect(await open.digest('app', 'latest')).toBe(digest);
  });

  it('pushes below a path, and keeps a tag that was there before', async () => {
    const options = { registry: open.address, repository: 'team/sites' };
    const publisher = provided(registryPublisher(options), 'publisher', installation);
    const image = await build('three');
    const mine = `${open.address}/team/sites/app:latest`;
    await docker.getImage(image.id).tag({ repo: `${open.address}/team/sites/app`, tag: 'latest' });
    await publisher.publish(releaseOf(image, 1), recorder().context);
    expect(await open.digest('team/sites/app', '1')).toBeDefined();
    expect(new Set(await localTags(image))).toEqual(new Set([mine, image.tag]));
    await docker.getImage(mine).remove();
  });

  it('never deletes the image whose only tag it made', async () => {
    const publisher = provided(registryPublisher({ registry: open.address }), 'publisher', installation);
    const image = await build('only');
    await docker.getImage(image.id).tag({ repo: `${open.address}/only`, tag: 'pulled' });
    await docker.getImage(image.tag ?? '').remove();
    const moved = await build('another');
    await docker.getImage(moved.id).tag({ repo: `${open.address}/only`, tag: 'pulled' });
    await publisher.publish(releaseOf(image, 40), recorder().context);
    expect((await docker.getImage(image.id).inspect()).Id).toBe(image.id);
    await docker.getImage(image.id).remove({ force: true });
    await docker.getImage(`${open.address}/only:pulled`).remove();
  });

  it('pushes with a password', async () => {
    const options = { registry: guarded.address, username: account.username };
    const environment = { ...process.env, OCTO_REGISTRY_PASSWORD: account.password };
    const publisher = provided(registryPublisher(options), 'publisher', installation, environment);
    const reference = await publisher.publish(releaseOf(await build('four'), 1), recorder().context);
    expect(reference).toBe(`${guarded.address}/app@${await guarded.digest('app', '1')}`);
  });

  it.each([
    { name: 'a wrong password', username: 'octo', password: 'wrong-one' },
    { name: 'no password', username: undefined, password: undefined },
  ])('says what to do about $name, without the password, and leaves no tag behind', async (given) => {
    const { username, password } = given;
    const options = { registry: guarded.address, ...(username ? { username } : {}) };
    const environment = { ...process.env, OCTO_REGISTRY_PASSWORD: password };
    const publisher = provided(registryPublisher(options), 'publisher', installation, environment);
    const image = await build(`five ${given.name}`);
    const { context, lines } = recorder();
    const error = await publisher.publish(releaseOf(image, 1), context).catch((thrown) => thrown);
    expect(error).toMatchObject({
      code: 'E_PUBLISH_FAILED',
      message: expect.stringContaining(`${guarded.address}/app:1`),
      hint: expect.stringContaining('password'),
    });
    expect(JSON.stringify([error, error.message, error.stack, lines])).not.toContain('wrong-one');
    expect(await localTags(image)).toEqual([image.tag]);
  });

  it('says that a registry does not answer', async () => {
    const registry = `127.0.0.1:${await freePort()}`;
    const publisher = provided(registryPublisher({ registry }), 'publisher', installation);
    const image = await build('six');
    await expect(publisher.publish(releaseOf(image, 1), recorder().context)).rejects.toMatchObject({
      code: 'E_PUBLISH_FAILED',
      message: expect.stringContaining('connection refused'),
    });
    expect(await localTags(image)).toEqual([image.tag]);
  });

  it('stops when it is interrupted', async () => {
    const publisher = provided(registryPublisher({ registry: open.address }), 'publisher', installation);
    const image = await build('seven');
    const published = publisher.publish(releaseOf(image, 70), recorder(AbortSignal.abort()).context);
    await expect(published).rejects.toMatchObject({ code: 'E_ABORTED' });
    expect(await localTags(image)).toEqual([image.tag]);
  });
});

describe('The registry publisher pulls', () => {
  const guardedWith = (password: string | undefined) =>
    provided(
      registryPublisher({ registry: guarded.address, ...(password ? { username: account.username } : {}) }),
      'publisher',
      installation,
      { ...process.env, OCTO_REGISTRY_PASSWORD: password },
    );
  const remove = (image: Image) => docker.getImage(image.id).remove({ force: true });
  const isHere = async (id: string) => {
    const all = await docker.listImages({ all: true });
    return all.some(({ Id }) => Id === id);
  };

  it('with a password, and what comes can be deployed by its reference', async () => {
    const publisher = guardedWith(account.password);
    const image = await build('eight');
    const reference = await publisher.publish(releaseOf(image, 8), recorder().context);
    await remove(image);
    const { context, lines } = recorder();
    expect(await publisher.pull(site, '8', context)).toBe(reference);
    expect(lines).toContainEqual(expect.stringMatching(/^Digest: sha256:/));
    expect(await pulling.build(request(reference), recorder().context)).toMatchObject({ id: image.id });
    await remove(image);
  });

  it.each([
    { name: 'a wrong password', password: 'wrong-one' },
    { name: 'no password', password: undefined },
  ])('nothing with $name, says what to do about it, and never the password', async ({ password }) => {
    const image = await build(`nine ${password}`);
    await guardedWith(account.password).publish(releaseOf(image, 9), recorder().context);
    await remove(image);
    const { context, lines } = recorder();
    const error = await guardedWith(password)
      .pull(site, '9', context)
      .catch((thrown) => thrown);
    expect(error).toMatchObject({
      code: 'E_PULL_FAILED',
      message: expect.stringContaining(`${guarded.address}/app:9`),
      hint: expect.stringContaining('password'),
    });
    expect(JSON.stringify([error, error.message, error.stack, lines])).not.toContain('wrong-one');
    expect(await isHere(image.id)).toBe(false);
  });

  it('nothing from a registry that does not answer, or that has no such image', async () => {
    const registry = `127.0.0.1:${await freePort()}`;
    const nobody = provided(registryPublisher({ registry }), 'publisher', installation);
    await expect(nobody.pull(site, undefined, recorder().context)).rejects.toMatchObject({
      code: 'E_PULL_FAILED',
      message: expect.stringContaining('connection refused'),
    });
    const publisher = provided(registryPublisher({ registry: open.address }), 'publisher', installation);
    await expect(publisher.pull(site, '987654', recorder().context)).rejects.toMatchObject({
      code: 'E_PULL_FAILED',
      hint: expect.stringContaining('octo push <site>'),
    });
  });

  it('nothing through an engine that does not answer, which is named', async () => {
    const options = { registry: open.address, host: 'unix:///nonexistent.sock' };
    const publisher = provided(registryPublisher(options), 'publisher', installation);
    for (const work of [
      publisher.pull(site, undefined, recorder().context),
      publisher.publish(
        releaseOf({ id: `sha256:${'0'.repeat(64)}`, ports: [], volumes: [] }, 1),
        recorder().context,
      ),
    ])
      await expect(work).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
  });
});

describe('The image builder', () => {
  it('takes an image that is here, by name or id, without a tag of its own', async () => {
    const { id } = await docker
      .getImage('octohost/busybox:1')
      .inspect()
      .then(({ Id }) => ({ id: Id }));
    const byName = await pulling.build(request('octohost/busybox:1'), recorder().context);
    expect(byName).toEqual({ id, ports: [], volumes: [] });
    expect(await pulling.build(request(id), recorder().context)).toEqual(byName);
    await pulling.discard(byName);
    expect((await docker.getImage(id).inspect()).Id).toBe(id);
  });

  it('pulls an image that is not here, by tag and by digest', async () => {
    const publisher = provided(registryPublisher({ registry: open.address }), 'publisher', installation);
    const image = await builder.build(
      buildRequest(treeOf(dockerfile(`RUN echo pull${installation} > /x`, 'EXPOSE 90 80', 'VOLUME /data'))),
      recorder().context,
    );
    const reference = await publisher.publish(releaseOf(image, 8), recorder().context);
    for (const name of [`${open.address}/app:8`, reference]) {
      await docker.getImage(image.id).remove({ force: true });
      const { context, lines } = recorder();
      expect(await pulling.build(request(name), context)).toEqual({
        id: image.id,
        ports: [
          { port: 80, protocol: 'tcp' },
          { port: 90, protocol: 'tcp' },
        ],
        volumes: ['/data'],
      });
      expect(lines).toContainEqual(expect.stringMatching(/Digest: sha256:/));
    }
  });

  it.each([
    { name: 'is in no registry', reference: () => `${open.address}/nothing:1` },
    { name: 'has a registry that does not answer', reference: () => '127.0.0.1:1/nothing:1' },
    { name: 'is an id that is not here', reference: () => `sha256:${'0'.repeat(64)}` },
  ])('says that an image $name', async ({ reference }) => {
    await expect(pulling.build(request(reference()), recorder().context)).rejects.toMatchObject({
      code: 'E_IMAGE_MISSING',
      message: expect.stringContaining(reference()),
    });
  });

  it('refuses what is no reference before it asks anybody', async () => {
    const nobody = provided(imageBuilder({ host: 'unix:///nonexistent.sock' }), 'builder', installation);
    await expect(nobody.build(request('--all'), recorder().context)).rejects.toMatchObject({
      code: 'E_IMAGE_REFERENCE',
    });
  });

  it('stops when it is interrupted', async () => {
    const stopped = pulling.build(request('octohost/busybox:1'), recorder(AbortSignal.abort()).context);
    await expect(stopped).rejects.toMatchObject({ code: 'E_ABORTED' });
  });
});
