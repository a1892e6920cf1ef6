/** What somebody with a key, or with nothing but the router's address, may try against a real instance. */

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { page, type Ran, ran } from '../../helpers/private-instance.ts';
import type { Outcome } from '../door.ts';
import { type Bench, site } from './bench.ts';

export interface Assault {
  readonly door: string;
  readonly name: string;
  run(bench: Bench): Promise<Outcome>;
}

const came = ({ code }: Ran): Outcome => (code === 0 ? 'harmless' : 'refused');
const shown = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** @param HARM in a text stands for a command that leaves a file */
const harmful = ({ harm }: Bench, text: string) => text.replaceAll('HARM', `touch ${harm}/x`);

function overSsh(door: string, asked: readonly string[], input?: string | Buffer): Assault[] {
  return asked.map((text) => ({
    door,
    name: shown(text),
    run: async (bench) => came(await bench.ask(harmful(bench, text), input)),
  }));
}

const sshCommands = overSsh('ssh command', [
  'sh',
  'bash -c "HARM"',
  'HARM',
  '/bin/sh -c "HARM"',
  "git-receive-pack 'mal.git'; HARM",
  "git-receive-pack '$(HARM)'",
  "git-receive-pack '`HARM`.git'",
  "git-receive-pack '/../steady.git'",
  "git-receive-pack '/steady.git'",
  "git-receive-pack --template=/tmp 'mal.git'",
  "git-receive-pack 'mal.git' --upload-pack='HARM'",
  "git-upload-pack '../../../etc'",
  "git-upload-archive 'mal.git'",
  "git-lfs-authenticate 'mal.git' upload",
  'git-shell -c HARM',
  'git config --global core.pager HARM',
  'scp -t /tmp',
  'sftp',
  '/usr/lib/openssh/sftp-server',
  'rsync --server . /',
  'octo dev:up',
  'octo serve',
  'store:copy --from /etc/passwd --to /etc/passwd',
  'secrets:rotate',
  'audit',
  'status --config /etc/passwd',
  'config steady',
  'config:get --secrets steady/TOKEN',
  'logs steady',
  'remove steady --yes',
  'config:set steady/A HARM',
  'keys:add evil --admin',
  'keys:list',
  'unlock site/steady --force',
  'deploy mal /etc',
  'deploy mal --image ../../etc',
  'deploy mal --image -v',
  'plan steady .',
  '"open quote',
  'a\\',
  'config:set mal/A \u0001\u001b[2J',
  `config:set mal/A ${'x'.repeat(100_000)}`,
  'rollback mal 99999999999999999999',
  'scale mal 1e9',
  'scale mal -1',
  'domains:add mal steady.localhost',
  "domains:add mal '*.localhost'",
  "domains:add mal 'a.org; include /etc/passwd'",
  'domains:set mal "x.org}server{listen 1;"',
  'service:set mal 127.0.0.1 22',
  'keys:add evil --ca',
  'attach ../../../etc/passwd',
  'attach %2e%2e%2f%2e%2e%2fetc',
  'cancel ../../x',
  'logs mal --instance ../../x',
  'logs mal --deploy ../../etc/passwd',
  'logs steady --deploy last',
  'events --site steady',
  'explain steady',
  'releases:diff steady 1 2',
  'rollback steady',
  'reload steady mal',
  'converge steady',
  'clean --yes',
  'services:clear --yes',
  'config:export steady',
  'config:import steady',
  `deploy mal --image sha256:${'0'.repeat(64)}`,
  'deploy mal --image 127.0.0.1:1/steady',
]);

const environments = overSsh('environment', [
  "config:set mal 'A=$(HARM)' --no-deploy",
  "config:set mal 'A=`HARM`;HARM' --no-deploy",
  "config:set mal 'A B=x'",
  "config:set mal 'A;HARM=x'",
  "config:set mal '__proto__=x' --no-deploy",
  "config:set mal 'OCTO_PORT=0'",
  "config:set mal 'OCTO_RELEASE_TIMEOUT=-1'",
  "config:set mal 'NGINX_ALT=../../../etc/passwd'",
  "config:set mal 'OCTO_MAX_BODY_SIZE=1m; include /etc/passwd'",
  "config:set mal 'OCTO_REQUEST_TIMEOUT=1s;}'",
  "config:set mal 'OCTO_CHECK_PATH=/ HTTP/1.1\\r\\nHost: x'",
  "config:set mal 'MEMORY_LIMIT=1'",
  "config:set mal 'DOMAINS=steady.localhost'",
  "config:set mal 'OCTO_DEVICES=/dev/null'",
  "config:set mal 'OCTO_DEVICES=/dev/../var/run/docker.sock'",
  "config:set mal 'OCTO_CAPABILITIES=SYS_ADMIN'",
  "config:set mal 'OCTO_CAPABILITIES=ALL'",
  "config:set mal 'OCTO_HOST_NETWORK=1'",
]);

const typed: Assault[] = [
  ...overSsh('settings on stdin', ['config:import mal --no-deploy'], '{"__proto__":{"x":"y"},"A":1}'),
  ...overSsh('settings on stdin', ['config:import mal --no-deploy'], '['.repeat(500_000)),
  ...overSsh('settings on stdin', ['config:import mal --no-deploy'], `A=${'x'.repeat(5_000_000)}`),
  ...overSsh('settings on stdin', ['config:import mal --no-deploy'], 'A=a\0b\n'),
  ...overSsh('settings on stdin', ['config:import mal --no-deploy'], Buffer.from([0xff, 0xfe, 0, 0])),
  ...overSsh('settings on stdin', ['config:import mal --no-deploy'], '\uFEFFB=x\n'),
  ...overSsh('settings on stdin', ['config:set --secret mal/SSL_KEY'], '-----BEGIN PRIVATE KEY-----\nx\n'),
];

const zeros = '0'.repeat(40);
const emptyPack = (() => {
  const head = Buffer.from([0x50, 0x41, 0x43, 0x4b, 0, 0, 0, 2, 0, 0, 0, 0]);
  return Buffer.concat([head, createHash('sha1').update(head).digest()]);
})();
const line = (text: string) => (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;

/** What no git client would send: any text as a ref, said to receive-pack itself. */
function rawRef(ref: string): Assault {
  return {
    door: 'refs',
    name: shown(ref),
    async run(bench) {
      const { stdout } = await bench.host.git(site, 'rev-parse', 'main');
      const words = `${zeros} ${stdout.trim()} ${harmful(bench, ref)}\0 report-status\n`;
      const input = Buffer.concat([Buffer.from(`${line(words)}0000`), emptyPack]);
      const { code, stdout: said } = await bench.ask(`git-receive-pack '${site}.git'`, input);
      return code !== 0 || said.includes('ng ') || !said.includes('ok ') ? 'refused' : 'harmless';
    },
  };
}

const refs = [
  'refs/heads/$(HARM)',
  'refs/heads/;HARM',
  'refs/heads/`HARM`',
  'refs/heads/../../hooks/post-update',
  'refs/heads/../config',
  'refs/../config',
  '../../../harm',
  '/etc/passwd',
  'HEAD',
  'refs/octohost/releases/1',
  'refs/heads/-x',
  'refs/heads/a..b',
  'refs/heads/a\nb',
  'refs/heads/a b',
  'refs/heads/a.lock',
  `refs/heads/${'x'.repeat(300)}`,
  'refs/heads/\u202Eevil',
  'refs/heads/A--B',
].map(rawRef);

function pushed(door: string, name: string, files: (bench: Bench) => Record<string, string>): Assault {
  return { door, name, run: async (bench) => came(await bench.push(files(bench))) };
}

const Dockerfile = page('mal')['Dockerfile'] as string;
const base = { Dockerfile, 'index.html': 'mal' };
const ofFile = (door: string, file: string, texts: readonly string[]) =>
  texts.map((text) => pushed(door, shown(text), (bench) => ({ ...base, [file]: harmful(bench, text) })));

const cnames = ofFile('CNAME', 'CNAME', [
  'a.org; include /etc/passwd;',
  'a.org}server{listen 1;',
  'steady.localhost',
  '*.localhost',
  'a.org$(HARM)',
  '127.0.0.1',
  'a\0.org',
  `${'a.'.repeat(500_000)}org`,
  '~^.*$',
]);
const siteFiles = ofFile('site file', '.octohost.yml', [
  `a: &a [x,x]\n${'bcdefgh'
    .split('')
    .map((name, at) => `${name}: &${name} [${`*${'abcdefgh'[at]},`.repeat(9)}]`)
    .join('\n')}`,
  '['.repeat(30_000),
  `environment:\n  A: ${'x'.repeat(1_000_000)}`,
  'environment: { A: "\\0" }',
  'x: !!python/object/apply:os.system ["HARM"]',
  'SSL_KEY: x',
  'routing: { template: ../../../etc/passwd }',
  'routing: { maxBodySize: "1m; include /etc/passwd" }',
  'domains: ["a.org; include /etc/passwd"]',
  'domains: [steady.localhost]',
  '__proto__: { x: y }',
  'instances: 1e9',
  'devices: [/dev/null]',
  'devices: ["/dev/fd:/dev/x:rwm"]',
  'capabilities: [SYS_ADMIN, SYS_PTRACE]',
  'hostNetwork: true',
  `domains:\n${Array.from({ length: 501 }, (_, at) => `  - a${at}.example.org\n`).join('')}`,
  '- a\n---\n- b',
]);
const comments = ofFile('magic comments', 'Dockerfile', [
  `${Dockerfile}# MOUNT_FROM_HOST /\n`,
  `${Dockerfile}# MOUNT_FROM_HOST /var/run/docker.sock\n`,
  `${Dockerfile}# MOUNT_FROM_HOST /tmp/../etc /x\n`,
  `${Dockerfile}# MOUNT_FROM_HOST /proc/self/root /x\n`,
  `${Dockerfile}# PORTS_FROM_HOST 22 22\n`,
  `${Dockerfile}# LINK_SERVICE db steady\n`,
  `${Dockerfile}# LINK_SERVICE $(HARM)\n`,
  `${Dockerfile}# ADD_NAME --privileged;HARM\n`.replace('# ADD_NAME', '# LINK_SERVICE'),
]);
const dockerfiles = ofFile('Dockerfile', 'Dockerfile', [
  '',
  'FROM scratch\0\n',
  `# syntax=evil.invalid/front-end\nFROM ../../etc\n`,
  'FROM $(HARM)\n',
  'RUN <<A <<B\n'.repeat(300),
  'FROM scratch\nADD /etc/passwd /x\n',
  'FROM scratch\nCOPY ../../../etc/passwd /x\n',
  `${Dockerfile}RUN --network=host true\n`,
  `${Dockerfile}RUN --security=insecure true\n`,
  `${Dockerfile}RUN --mount=type=bind,from=../../etc,target=/x true\n`,
  `${Dockerfile}RUN --mount=type=secret,id=octo,required=true true\n`,
  `${Dockerfile}RUN --mount=type=ssh,required=true true\n`,
  `${Dockerfile}LABEL octohost.site=steady octohost.role=task octohost.installation=00000000\n`,
  `${Dockerfile}ONBUILD ADD /etc/passwd /x\n`,
]);
const ignored = ofFile('tree', '.dockerignore', [
  '(a+)+b',
  `${'**/'.repeat(300)}x`,
  '['.repeat(50_000),
  '!../../etc',
]);
const links = [
  pushed('tree', 'Dockerfile is a link to /etc/passwd', () => ({ Dockerfile: '->/etc/passwd' })),
  pushed('tree', 'Dockerfile is a link out of the tree', () => ({ Dockerfile: '->../../../../etc/passwd' })),
  pushed('tree', 'CNAME is a link to /etc/hostname', () => ({ ...base, CNAME: '->/etc/hostname' })),
  pushed('tree', 'the site file is a link to a key', ({ host }) => ({
    ...base,
    '.octohost.yml': `->${host.home}/data/secrets.key`,
  })),
  pushed('tree', '.dockerignore is a link', () => ({ ...base, '.dockerignore': '->/etc/passwd' })),
  pushed('tree', 'what is copied is a link to a file of the host', () => ({
    Dockerfile: 'FROM scratch\nCOPY stolen /x\n',
    stolen: '->/etc/passwd',
  })),
  pushed('tree', 'a filter that runs something', (bench) => ({
    ...base,
    '.gitattributes': '* filter=evil\n',
    '.gitconfig': `[filter "evil"]\n\tsmudge = ${harmful(bench, 'HARM')}\n`,
  })),
  pushed('tree', 'a submodule by a transport that runs something', (bench) => ({
    ...base,
    '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "${harmful(bench, 'HARM')}"\n`,
  })),
];

/** Trees that git itself would not make; they lie in a repository as objects. */
function evilTree(name: string): Assault {
  return {
    door: 'tree',
    name: `an entry ${shown(name)}`,
    async run(bench) {
      const { host } = bench;
      const blob = (await host.git(site, 'rev-parse', 'main:Dockerfile')).stdout.trim();
      const tree = Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, 'hex')]);
      const cwd = `${host.dir}/repositories/${site}`;
      const words = ['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'];
      const id = (await ran('git', words, { cwd, input: tree })).stdout.trim();
      const commit = await host.git(site, 'commit-tree', '-m', 'x', id);
      return came(await bench.pushAs(`${commit.stdout.trim()}:refs/heads/main`, '--force'));
    },
  };
}
const trees = ['..', '.', '.git', '.GIT', 'a/b', '.git\u200c', 'git~1', ''].map(evilTree);

function tar(name: string, ...entries: Parameters<ReturnType<typeof pack>['entry']>[0][]): Assault {
  return {
    door: 'tar on stdin',
    name,
    async run(bench) {
      const packed = pack();
      for (const header of entries)
        if (header.type === undefined) packed.entry(header, 'FROM scratch\n');
        else packed.entry(header);
      packed.finalize();
      const input = Buffer.from(await buffer(Readable.from(packed, { objectMode: false })));
      return came(await bench.ask(`deploy ${site} --tar -`, input));
    },
  };
}
const tars = [
  tar('a path that goes up', { name: '../../harm/x' }),
  tar('an absolute path', { name: '/etc/cron.d/x' }),
  tar('a file through a link', { name: 'a', type: 'symlink', linkname: '/etc' }, { name: 'a/x' }),
  tar('a hard link out of it', { name: 'Dockerfile', type: 'link', linkname: '/etc/passwd' }),
  tar('a link for the Dockerfile', { name: 'Dockerfile', type: 'symlink', linkname: '/etc/passwd' }),
  tar('a device', { name: 'sda', type: 'block-device' }),
  tar('a pipe', { name: 'pipe', type: 'fifo' }),
  tar('a name of 5,000 letters', { name: 'a'.repeat(5_000) }),
  ...overSsh('tar on stdin', [`deploy ${site} --tar -`], Buffer.alloc(100_000, 0xff)),
  ...overSsh('tar on stdin', [`deploy ${site} --tar -`], ''),
  ...overSsh('tar on stdin', ['deploy steady --tar -'], Buffer.alloc(1_000_000)),
];

const options = [
  'message=\u001b[2J',
  'message=a\tb',
  'plan=1',
  '--upload-pack=HARM',
  `message=${'x'.repeat(500)}`,
].map(
  (option): Assault => ({
    door: 'push option',
    name: shown(option),
    run: async (bench) =>
      came(await bench.push(base, 'HEAD:refs/heads/main', ['-o', harmful(bench, option)])),
  }),
);

const goodKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH';
const keys = [
  `command="HARM" ${goodKey}`,
  `environment="LD_PRELOAD=/x" ${goodKey}`,
  `${goodKey} a\n${goodKey.replace('AcHB', 'BcHB')} b`,
  `${goodKey}\u2028x`,
  'ssh-dss AAAA',
  'ssh-ed25519 AAAA',
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAIQ==',
  '-----BEGIN OPENSSH PRIVATE KEY-----',
  'x'.repeat(1_000_000),
  '',
  '\0',
].map(
  (key): Assault => ({
    door: 'ssh key',
    name: shown(key),
    run: async (bench) => came(await bench.askAsAdmin('keys:add evil', harmful(bench, key))),
  }),
);

/** Two answers to what a proxy may take for one request, or an answer of the other site, is a request smuggled in. */
function http(name: string, request: (host: string, other: string) => string): Assault {
  return {
    door: 'HTTP',
    name,
    async run(bench) {
      const { domainSuffix } = bench.host.instance;
      const answer = await bench.http(request(`${site}.${domainSuffix}`, `steady.${domainSuffix}`));
      const answers = answer.match(/^HTTP\/1\.[01] \d{3}/gm) ?? [];
      if (answers.length > 1 || answer.includes('still here')) throw new Error(`smuggled: ${shown(answer)}`);
      return /^HTTP\/1\.[01] [23]/.test(answer) ? 'harmless' : 'refused';
    },
  };
}
const smuggled = (other: string) => `GET / HTTP/1.1\r\nHost: ${other}\r\n\r\n`;
const requests = [
  http('a length and chunks', (host, other) => {
    const body = `0\r\n\r\n${smuggled(other)}`;
    return `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;
  }),
  http('chunks that are spelled otherwise', (host, other) => {
    const body = `0\r\n\r\n${smuggled(other)}`;
    return `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\nTransfer-Encoding: xchunked\r\n\r\n${body}`;
  }),
  http(
    'two lengths',
    (host, other) =>
      `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\nContent-Length: 60\r\n\r\n${smuggled(other)}`,
  ),
  http(
    'a blank before the colon',
    (host) => `GET / HTTP/1.1\r\nHost: ${host}\r\nContent-Length : 5\r\n\r\nhello`,
  ),
  http('two hosts', (host, other) => `GET / HTTP/1.1\r\nHost: ${host}\r\nHost: ${other}\r\n\r\n`),
  http(
    'another host in the request line',
    (host, other) => `GET http://${host}/ HTTP/1.1\r\nHost: ${other}\r\n\r\n`,
  ),
  http('no host', () => 'GET / HTTP/1.1\r\n\r\n'),
  http('a host with a line break', (host) => `GET / HTTP/1.1\r\nHost: ${host}\n x\r\n\r\n`),
  http('a host that nginx might read', () => 'GET / HTTP/1.1\r\nHost: a;include /etc/passwd\r\n\r\n'),
  http('a NUL', (host) => `GET /\0 HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
  http('a path that goes up', (host) => `GET /../../../../etc/passwd HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
  http(
    'a header of a megabyte',
    (host) => `GET / HTTP/1.1\r\nHost: ${host}\r\nX: ${'x'.repeat(1_000_000)}\r\n\r\n`,
  ),
  http(
    'h2c',
    (host) =>
      `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
  ),
  http('no HTTP at all', () => '\u0016\u0003\u0001\u0002\0\u0001\0'),
];

/** What is right has to get through: a door that refuses all shows nothing. */
function plain(door: string, run: (bench: Bench) => Promise<Ran>): Assault {
  return {
    door,
    name: 'a plain one',
    async run(bench) {
      const { code, stderr } = await run(bench);
      if (code !== 0) throw new Error(`refused: ${stderr.slice(-300)}`);
      return 'harmless';
    },
  };
}
const plains = [
  plain('ssh command', (bench) => bench.ask(`status ${site}`)),
  plain('environment', (bench) => bench.ask(`config:set ${site} PLAIN=x --no-deploy`)),
  plain('push option', (bench) => bench.push(base, 'HEAD:refs/heads/main', ['-o', 'message=plain'])),
  plain('CNAME', (bench) => bench.push({ ...base, CNAME: 'plain.example.org\n' })),
  plain('site file', (bench) => bench.push({ ...base, '.octohost.yml': 'gracePeriod: 0\n' })),
  plain('Dockerfile', (bench) => bench.push({ ...base, Dockerfile: `${Dockerfile}# plain\n` })),
  plain('tar on stdin', async (bench) => {
    const packed = pack();
    for (const [name, text] of Object.entries(base)) packed.entry({ name }, `${text}\n`);
    packed.finalize();
    const input = Buffer.from(await buffer(Readable.from(packed, { objectMode: false })));
    return bench.ask(`deploy ${site} --tar -`, input);
  }),
];

export const assaults: readonly Assault[] = [
  ...plains,
  ...sshCommands,
  ...environments,
  ...typed,
  ...refs,
  ...options,
  ...cnames,
  ...siteFiles,
  ...comments,
  ...dockerfiles,
  ...ignored,
  ...links,
  ...trees,
  ...tars,
  ...keys,
  ...requests,
];
