import { describe, expect, it } from 'vitest';
import { hereDocumentLines } from '../../../plugins/dockerfile-builder/here-documents.ts';
import { magicComments } from '../../../plugins/dockerfile-builder/magic-comments.ts';

const read = (text: string) => magicComments(text, hereDocumentLines(text));
const options = (...lines: string[]) => read(['FROM x', ...lines].join('\n')).options;
const mistakes = (...lines: string[]) => read(['FROM x', ...lines].join('\n')).mistakes;
const nothing = { links: [], mounts: [], hostPorts: [] };

describe('a magic comment', () => {
  it.each([
    ['NO_HTTP_PROXY', 'noHttpProxy'],
    ['ADD_NAME', 'addName'],
    ['VOLUMES_FROM', 'volumesFrom'],
  ])('%s is told with its line', (word, name) => {
    expect(options(`# ${word}`)).toEqual({ ...nothing, [name]: 2 });
  });

  it.each(['# add_name', '# Add_Name please', '# ADD_NAME\r', '# ADD_NAME\tnow', '# ADD_NAME  '])(
    'is known in any case, with words behind it: %j',
    (line) => {
      expect(options(line)).toEqual({ ...nothing, addName: 2 });
    },
  );

  it.each([
    '#ADD_NAME',
    ' # ADD_NAME',
    '\t# ADD_NAME',
    '#  ADD_NAME',
    '## ADD_NAME',
    'RUN true # ADD_NAME',
    '# see ADD_NAME',
    '# ADD_NAME_OF_AUTHOR darron',
    '# ADD_NAMES',
    '# ADD_NAME: no',
    '# PRIVILEGED',
  ])('is not: %j', (line) => {
    expect(options(line)).toEqual(nothing);
  });

  it('counts on the first line, with a byte order mark too', () => {
    expect(read('\uFEFF# ADD_NAME\r\nFROM x\r\n').options).toEqual({ ...nothing, addName: 1 });
  });

  it('counts wherever the builder sees a comment: between stages, inside of a continued instruction, at the end', () => {
    expect(
      options('RUN a \\', '# ADD_NAME', '  && b', 'FROM y', '# VOLUMES_FROM', '# NO_HTTP_PROXY'),
    ).toEqual({
      ...nothing,
      addName: 3,
      volumesFrom: 6,
      noHttpProxy: 7,
    });
  });

  it('does not count inside of a here-document: that is the content of a file', () => {
    const lines = [
      'COPY <<EOF /Dockerfile',
      '# ADD_NAME',
      'EOF',
      'RUN <<-"X"',
      '# VOLUMES_FROM',
      '\tX',
      '# ADD_NAME',
    ];
    expect(options(...lines)).toEqual({ ...nothing, addName: 8 });
    expect(read(['FROM x', ...lines].join('\r\n')).options).toEqual({ ...nothing, addName: 8 });
  });

  it('does count after what only looks like a here-document', () => {
    expect(options('RUN echo $((1<<2)) && cat <<<word', '# ADD_NAME')).toEqual({ ...nothing, addName: 3 });
  });
});

describe('LINK_SERVICE', () => {
  it('names a service, and a container where it is not the site’s own; several times', () => {
    expect(
      options('# LINK_SERVICE redis', '# link_service db corp_db and more', '# LINK_SERVICE x y').links,
    ).toEqual([
      { alias: 'redis', line: 2 },
      { alias: 'db', container: 'corp_db', line: 3 },
      { alias: 'x', container: 'y', line: 4 },
    ]);
  });

  it.each([
    '# LINK_SERVICE',
    '# LINK_SERVICE ../x',
    '# LINK_SERVICE a Corp',
    '# LINK_SERVICE a b:c',
    '# LINK_SERVICE Redis',
  ])('refuses %j', (line) => {
    expect(mistakes(line)).toEqual([{ line: 2, words: expect.stringContaining('# LINK_SERVICE: ') }]);
  });
});

describe('MOUNT_FROM_HOST', () => {
  it('mounts a path of the host, at the same path or at another one; several times', () => {
    expect(
      options('# MOUNT_FROM_HOST /srv/corp', '# MOUNT_FROM_HOST /srv//a/ /data', '# MOUNT_FROM_HOST /b /c:ro')
        .mounts,
    ).toEqual([
      { source: '/srv/corp', target: '/srv/corp', line: 2 },
      { source: '/srv/a', target: '/data', line: 3 },
      { source: '/b', target: '/c', readOnly: true, line: 4 },
    ]);
  });

  it.each([
    ['# MOUNT_FROM_HOST', 'names no path'],
    ['# MOUNT_FROM_HOST data', '"data" is not an absolute path'],
    ['# MOUNT_FROM_HOST /a data', '"data" is not an absolute path'],
    ['# MOUNT_FROM_HOST /srv/../etc', '"/srv/../etc" goes up with ..'],
    ['# MOUNT_FROM_HOST /a:/b', '"/a:/b" has a character that no mount can have'],
    ['# MOUNT_FROM_HOST /a /', 'nothing can be mounted over the root of a container'],
  ])('refuses %j', (line, words) => {
    expect(mistakes(line)).toEqual([{ line: 2, words: `# MOUNT_FROM_HOST: ${words}` }]);
  });
});

describe('PORTS_FROM_HOST', () => {
  it('binds a port of the host, of one address or of all; several times', () => {
    expect(
      options(
        '# PORTS_FROM_HOST 28082 8080',
        '# PORTS_FROM_HOST 28083 9090 127.0.0.1',
        '# PORTS_FROM_HOST 53 53/UDP ::1',
      ).hostPorts,
    ).toEqual([
      { hostPort: 28_082, port: 8080, protocol: 'tcp', hostAddress: '0.0.0.0', line: 2 },
      { hostPort: 28_083, port: 9090, protocol: 'tcp', hostAddress: '127.0.0.1', line: 3 },
      { hostPort: 53, port: 53, protocol: 'udp', hostAddress: '::1', line: 4 },
    ]);
  });

  it('takes ranges', () => {
    const ports = options('# PORTS_FROM_HOST 7000-7002 8000-8002/udp').hostPorts;
    expect(ports.map(({ hostPort, port }) => [hostPort, port])).toEqual([
      [7000, 8000],
      [7001, 8001],
      [7002, 8002],
    ]);
  });

  it.each([
    ['# PORTS_FROM_HOST 80', 'takes a port of the host and a port of the container'],
    ['# PORTS_FROM_HOST 0 80', '"0" is not a port'],
    ['# PORTS_FROM_HOST 65536 http', '"65536" is not a port; "http" is not a port'],
    ['# PORTS_FROM_HOST 80 80 all', '"all" is not an IP address'],
    ['# PORTS_FROM_HOST 1-2 1-3', '1-2 and 1-3 do not have the same length'],
  ])('refuses %j', (line, words) => {
    expect(mistakes(line)).toEqual([{ line: 2, words: `# PORTS_FROM_HOST: ${words}` }]);
  });
});

it('all mistakes are named, in the order of their lines', () => {
  expect(
    mistakes('# PORTS_FROM_HOST x 1', '# MOUNT_FROM_HOST x', '# LINK_SERVICE').map(({ line }) => line),
  ).toEqual([2, 3, 4]);
});
