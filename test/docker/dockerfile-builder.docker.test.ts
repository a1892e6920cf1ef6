import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import type { Image, Tree } from '../../core/index.ts';
import { dockerfileBuilder } from '../../plugins/dockerfile-builder/index.ts';
import {
  buildRequest,
  docker,
  dockerfile,
  newInstallation,
  provided,
  recorder,
  sweep,
  treeOf,
  until,
} from './lab.ts';

const installation = newInstallation();
afterAll(() => sweep(installation));

const engines = ['buildkit', 'classic'] as const;
const builderOf = (engine: (typeof engines)[number], more = {}) =>
  provided(dockerfileBuilder({ engine, ...more }), 'builder', installation);

/** The commands that run in the engine's build containers and its others. */
async function runs(command: string): Promise<boolean> {
  const listing = spawn('ps', ['-eo', 'args'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  for await (const chunk of listing.stdout) text += chunk;
  return text.split('\n').some((line) => line.startsWith(command));
}

async function tags(): Promise<string[]> {
  const filters = { label: [`octohost.installation=${installation}`] };
  return (await docker.listImages({ filters })).flatMap(({ RepoTags }) => RepoTags ?? []);
}

describe.each(engines)('The Dockerfile builder with %s', (engine) => {
  const builder = builderOf(engine);

  it('makes a labelled, tagged image and tells each line of the build', async () => {
    const { context, lines, warnings } = recorder();
    const tree = treeOf(
      dockerfile('RUN echo first; printf "10%%\\r100%%\\n"; printf half; echo " line"; echo wrong >&2'),
    );
    const request = buildRequest(tree);
    const image = await builder.build(request, context);
    expect(image.tag).toBe(`octohost/${installation}/app:${request.deploy}`);
    const found = await docker.getImage(image.tag as string).inspect();
    expect(found.Id).toBe(image.id);
    expect(found.Config.Labels).toEqual({ 'octohost.installation': installation, 'octohost.site': 'app' });
    const said = lines.map((line) => line.trim());
    expect(said).toEqual(expect.arrayContaining(['first', '100%', 'half line', 'wrong']));
    expect(said.filter((line) => line.includes('RUN echo first'))).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  it('gives the same content the same image id, and other content another one', async () => {
    const content = `RUN echo ${engine}${installation}`;
    const build = (...more: string[]) =>
      builder.build(
        buildRequest(treeOf(dockerfile(content, ...more)), { noCache: false }),
        recorder().context,
      );
    const [first, second, other] = [await build(), await build(), await build('ENV OTHER=1')];
    expect(second.id).toBe(first.id);
    expect(second.tag).not.toBe(first.tag);
    expect(other.id).not.toBe(first.id);
  });

  it('obeys .dockerignore with its negations', async () => {
    const files = {
      ...dockerfile(
        'COPY . /context',
        'RUN cd /context && find . -type f | sort && stat -c "%n %a" deps deps/keep',
      ),
      '.dockerignore': 'deps\n!deps/keep/this\n*.md\n!README.md\nDockerfile\n.dockerignore\n',
      'deps/keep/this': '',
      'deps/keep/other': '',
      'deps/drop': '',
      'README.md': '',
      'NOTES.md': '',
      'src/deep.md': '',
    };
    const { context, lines } = recorder();
    const tree = treeOf(files, { 'deps/': 0o750, 'deps/keep/': 0o711, 'src/': 0o755 });
    await builder.build(buildRequest(tree), context);
    const said = lines.map((line) => line.trim());
    const listed = said.filter((line) => line.startsWith('./')).filter((line) => !/ocker/.test(line));
    expect(listed).toEqual(['./README.md', './deps/keep/this', './src/deep.md']);
    expect(said).toEqual(expect.arrayContaining(['deps 750', 'deps/keep 711']));
  });

  it('has the ports in the order of the last stage, then the inherited ones', async () => {
    const lines = ['EXPOSE 7000 6000', 'FROM base', 'ARG P=9000', 'EXPOSE $P 53/udp', 'EXPOSE 8000-8001'];
    const tree = treeOf({ Dockerfile: ['FROM octohost/busybox:1 AS base', ...lines].join('\n') });
    const { ports } = await builder.build(
      buildRequest(tree, { arguments: { P: '9001' } }),
      recorder().context,
    );
    expect(ports.map(({ port, protocol }) => `${port}/${protocol}`)).toEqual([
      '9001/tcp',
      '53/udp',
      '8000/tcp',
      '8001/tcp',
      '6000/tcp',
      '7000/tcp',
    ]);
  });

  it('has the volumes, and warns of one that cannot be kept', async () => {
    const { context, warnings } = recorder();
    const image = await builder.build(buildRequest(treeOf(dockerfile('VOLUME /data/ rel'))), context);
    expect(image.volumes).toEqual(['/data']);
    expect(warnings).toEqual([expect.stringContaining('VOLUME rel')]);
  });

  it('tells the last lines of a step that fails, and leaves no tag', async () => {
    const tree = treeOf(dockerfile('RUN echo before the end; exit 3'));
    const request = buildRequest(tree);
    const failed = builder.build(request, recorder().context);
    await expect(failed).rejects.toMatchObject({
      code: 'E_BUILD_FAILED',
      message: expect.stringMatching(/code: 3/),
      details: expect.arrayContaining([expect.stringContaining('before the end')]),
    });
    expect(await tags()).not.toContain(`octohost/${installation}/app:${request.deploy}`);
  });

  it.each([
    { name: 'an unknown instruction', lines: ['', 'FOO bar'], message: /line 3.*unknown instruction/i },
    { name: 'a stage without FROM', text: 'RUN true', message: /no build stage/i },
    { name: 'nothing', text: '# only a comment\n', message: /no instruction/ },
  ])('names what is wrong with a Dockerfile with $name', async ({ lines = [], text, message }) => {
    const tree = treeOf(text === undefined ? dockerfile(...lines) : { Dockerfile: text });
    await expect(builder.build(buildRequest(tree), recorder().context)).rejects.toMatchObject({
      code: 'E_DOCKERFILE',
      message: expect.stringMatching(message),
    });
  });

  it('ends a build that is interrupted', async () => {
    const command = `sleep 1${Math.floor(Math.random() * 1e6)}`;
    const stop = new AbortController();
    const { context, said } = recorder(stop.signal);
    const build = builder.build(buildRequest(treeOf(dockerfile(`RUN echo begun; exec ${command}`))), context);
    const ended = expect(build).rejects.toMatchObject({ code: 'E_ABORTED' });
    await said('begun');
    await until('the step runs', () => runs(command));
    stop.abort();
    await ended;
    await until('the step is gone', async () => !(await runs(command)));
  });

  it('gives up a build that takes too long', async () => {
    const command = `sleep 2${Math.floor(Math.random() * 1e6)}`;
    const hasty = builderOf(engine, { timeoutSeconds: 2 });
    const build = hasty.build(buildRequest(treeOf(dockerfile(`RUN exec ${command}`))), recorder().context);
    await expect(build).rejects.toMatchObject({ code: 'E_TIMEOUT' });
    await until('the step is gone', async () => !(await runs(command)));
  });

  it('sends a large tree, and refuses its Dockerfile all the same', async () => {
    const large = { 'large.bin': 'x'.repeat(30_000_000), '.dockerignore': 'nothing' };
    const good = treeOf({ ...dockerfile('COPY large.bin /', 'RUN wc -c /large.bin'), ...large });
    const { context, lines } = recorder();
    await builder.build(buildRequest(good), context);
    expect(lines.map((line) => line.trim())).toContain('30000000 /large.bin');
    const bad = treeOf({ ...dockerfile('FOO'), ...large });
    await expect(builder.build(buildRequest(bad), recorder().context)).rejects.toMatchObject({
      code: 'E_DOCKERFILE',
    });
  });

  it('tells why a tree broke off', async () => {
    const tree: Tree = {
      ...treeOf(dockerfile('COPY . /')),
      tar: async () => {
        const broken = new Readable({ read() {} });
        setTimeout(() => broken.destroy(new Error('git archive died')), 100);
        return broken;
      },
    };
    const build = builder.build(buildRequest(tree), recorder().context);
    await expect(build).rejects.toThrow('git archive died');
  });

  it('lets go of its own images only', async () => {
    const tree = treeOf(dockerfile(`RUN echo discard ${engine}`));
    const [one, two] = [
      await builder.build(buildRequest(tree, { noCache: false }), recorder().context),
      await builder.build(buildRequest(tree, { noCache: false }), recorder().context),
    ] as [Image, Image];
    expect(two.id).toBe(one.id);
    const other = provided(dockerfileBuilder({ engine }), 'builder', newInstallation());
    await other.discard(one);
    await builder.discard({ ...one, tag: 'octohost/busybox:1' });
    expect(await tags()).toEqual(expect.arrayContaining([one.tag, two.tag]));
    await builder.discard(one);
    await builder.discard(one);
    const left = await tags();
    expect(left).toContain(two.tag);
    expect(left).not.toContain(one.tag);
    expect((await docker.getImage('octohost/busybox:1').inspect()).RepoTags).toContain('octohost/busybox:1');
  });
});

describe('The Dockerfile builder', () => {
  it('builds without a front end that cannot be fetched, and says so', async () => {
    const files = dockerfile('RUN echo built anyway');
    const front = 'localhost:1/no/front-end:1';
    const tree = treeOf({ Dockerfile: `# syntax=${front}\n# escape=\`\n${files.Dockerfile}` });
    const { context, lines, warnings } = recorder();
    await builderOf('buildkit').build(buildRequest(tree), context);
    expect(warnings).toEqual([expect.stringContaining(front)]);
    expect(lines.map((line) => line.trim())).toContain('built anyway');
  });

  it('names the line as it is in the repository where the front end was left out', async () => {
    const tree = treeOf({ Dockerfile: '# syntax=localhost:1/x:1\nFROM octohost/busybox:1\nFOO' });
    await expect(builderOf('buildkit').build(buildRequest(tree), recorder().context)).rejects.toMatchObject({
      code: 'E_DOCKERFILE',
      details: ['3: FOO'],
    });
  });

  it('takes BuildKit by itself where the engine has it', async () => {
    const builder = provided(dockerfileBuilder(), 'builder', installation);
    const { context, lines } = recorder();
    await builder.build(buildRequest(treeOf(dockerfile('RUN echo auto'))), context);
    expect(lines).toContain('[2/2] RUN echo auto');
  });

  it('accepts a tree with its Dockerfile and nothing else', async () => {
    const builder = provided(dockerfileBuilder({ dockerfile: 'ci/Dockerfile' }), 'builder', installation);
    const accepted = [
      await builder.accepts({ kind: 'tree', tree: treeOf({ 'ci/Dockerfile': '' }) }),
      await builder.accepts({ kind: 'tree', tree: treeOf({ Dockerfile: '' }) }),
      await builder.accepts({ kind: 'image', reference: 'x' }),
    ];
    expect(accepted).toEqual([true, false, false]);
  });

  it('says which engine cannot be reached', async () => {
    const builder = provided(
      dockerfileBuilder({ host: 'unix:///nonexistent.sock' }),
      'builder',
      installation,
    );
    await expect(builder.build(buildRequest(treeOf(dockerfile())), recorder().context)).rejects.toMatchObject(
      {
        code: 'E_UNAVAILABLE',
        message: expect.stringContaining('/nonexistent.sock'),
      },
    );
  });

  it('leaves nothing open that would keep the process alive', async () => {
    const program = `
      const { dockerfileBuilder } = await import('./plugins/dockerfile-builder/index.ts');
      const { provided, treeOf, dockerfile, buildRequest, recorder } = await import('./test/docker/lab.ts');
      const builder = provided(dockerfileBuilder({ engine: 'buildkit' }), 'builder', '${installation}');
      for (const line of ['RUN exit 1', 'FOO', 'RUN true'])
        await builder.build(buildRequest(treeOf(dockerfile(line))), recorder().context).catch(() => {});
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'ignore' });
    const timer = setTimeout(() => child.kill(), 20_000);
    const [code] = await once(child, 'exit');
    clearTimeout(timer);
    expect(code).toBe(0);
  });
});
