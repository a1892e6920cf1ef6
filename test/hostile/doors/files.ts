/** Files of a repository: the site file, the Dockerfile with its comments, the Procfile; and texts of settings. */
import { posix } from 'node:path';
import * as fc from 'fast-check';
import { readSettings } from '../../../cli/settings-text/read.ts';
import { isOctohostError } from '../../../core/errors.ts';
import type { SiteName } from '../../../core/grammar.ts';
import { commandIn } from '../../../core/procfile.ts';
import { refuseForbidden, wantedOptions } from '../../../core/run-options.ts';
import { parseSiteFile } from '../../../core/site-file.ts';
import { siteOptions } from '../../../core/site-options.ts';
import { syntaxOf, withoutSyntax } from '../../../plugins/dockerfile-builder/directives.ts';
import { includesOf } from '../../../plugins/dockerfile-builder/dockerignore.ts';
import { exposedPorts } from '../../../plugins/dockerfile-builder/exposed-ports.ts';
import { hereDocumentLines } from '../../../plugins/dockerfile-builder/here-documents.ts';
import { magicComments } from '../../../plugins/dockerfile-builder/magic-comments.ts';
import { type Door, door, enterBy, must, type Outcome, refusedBy } from '../door.ts';
import { bytes, hostile, lines, spoiled } from '../inputs.ts';
import { mustBeDomain, mustBeSite } from './names.ts';

const app = 'app' as SiteName;

function mustBeSettings(settings: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(settings)) {
    must(/^[A-Za-z_]\w{0,127}$/.test(name), 'no name', name);
    must(
      !value.includes('\0') && value.isWellFormed() && Buffer.byteLength(value) <= 100_000,
      'no value',
      value,
    );
  }
  must(!('polluted' in {}), 'a prototype was changed');
}

/** What only an operator may say. */
const operators = Object.entries(siteOptions).flatMap(([name, { places }]) =>
  (places as readonly string[]).includes('file') ? [] : [name],
);

async function enterSiteFile({ file, content }: { file: string; content: Uint8Array }): Promise<Outcome> {
  try {
    const { values, domains, lines: at } = await parseSiteFile(file, content);
    mustBeSettings(values);
    for (const name of operators) must(!(name in values), "an operator's option", name);
    for (const domain of domains) {
      mustBeDomain(domain);
      must(!domain.includes('*'), 'a wildcard of a repository', domain);
    }
    must(
      Object.values(at).every((line) => line >= 1),
      'no line',
      at,
    );
    return 'harmless';
  } catch (error) {
    if (isOctohostError(error)) must(error.details.length > 0 && error.details.length <= 21, 'no lines');
    return refusedBy(error);
  }
}

const yamlLine = spoiled(
  'instances: 2',
  'memory: 256m',
  'check:',
  '  path: /up',
  'environment:',
  '  A: b',
  'domains:',
  '  - a.org',
  'release: bin/migrate',
  '- [1, {a: b}]',
  'a: &x [*x, *x]',
  '<<: *x',
  '!!js/function x: y',
  'a: |',
  '--- ',
  '%YAML 1.1',
);
const bomb = [
  'a: &a [x]',
  ...'bcdefghij'
    .split('')
    .map((name, index) => `${name}: &${name} [${`*${'abcdefghij'[index]},`.repeat(9)}]`),
];
const deep = (open: string, close: string, times: number) => open.repeat(times) + close.repeat(times);
const yml = (content: string | Buffer) => ({ file: '.octohost.yml' as const, content: Buffer.from(content) });
const json = (content: string) => ({ file: '.octohost.json' as const, content: Buffer.from(content) });

async function enterDockerfile(text: string): Promise<Outcome> {
  for (const { port, protocol } of exposedPorts(text, {}))
    must(
      Number.isInteger(port) && port > 0 && port < 65_536 && /^(?:tcp|udp)$/.test(protocol),
      'no port',
      port,
    );
  const { options, mistakes } = magicComments(text, hereDocumentLines(text));
  const syntax = syntaxOf(withoutSyntax(text));
  must(syntax === undefined, 'a front end of the repository', syntax);
  for (const { source, target } of options.mounts)
    for (const path of [source, target])
      must(
        posix.isAbsolute(path) && posix.normalize(path) === path && !/[:\0\n\r]/.test(path),
        'no path',
        path,
      );
  for (const { hostPort, port, hostAddress } of options.hostPorts)
    must(
      [hostPort, port].every((one) => one > 0 && one < 65_536) && !/[^0-9a-f.:%]/i.test(hostAddress),
      'no port',
    );
  for (const { alias } of options.links) must(/^[\w.-]+$/.test(alias), 'no name', alias);
  if (mistakes.length > 0) return 'refused';
  const declared = { file: 'Dockerfile', ...options };
  try {
    const wanted = wantedOptions(app, declared);
    for (const { site } of [...wanted.links, ...wanted.volumesFrom]) mustBeSite(site);
    const asked = { file: 'Dockerfile', originOf: () => undefined };
    refuseForbidden(app, wanted, asked, { allow: [], guarded: [], real: (path) => path });
    const own = wanted.links.every(({ site }) => site.startsWith('app_'));
    must(wanted.mounts.length === 0 && wanted.hostPorts.length === 0 && own, 'allowed by nobody', wanted);
    return 'harmless';
  } catch (error) {
    return refusedBy(error);
  }
}

export const files: readonly Door[] = [
  door({
    name: 'site file',
    input: fc.record({
      file: fc.constantFrom('.octohost.yml', '.octohost.json', 'package.json'),
      content: fc.oneof<fc.Arbitrary<Buffer>[]>(
        bytes(lines(yamlLine)),
        bytes(fc.json({ maxDepth: 4 })),
        bytes(fc.json({ maxDepth: 3 }).map((text) => `{"octohost": ${text}}`)),
        fc.uint8Array({ maxLength: 200 }).map((all) => Buffer.from(all)),
      ),
    }),
    cases: [
      yml('instances: 2\nenvironment: { A: b }\n'),
      yml(bomb.join('\n')),
      yml(deep('[', ']', 30_000)),
      yml(deep('{a: ', '}', 10_000)),
      yml('- '.repeat(30_000)),
      json(deep('[', ']', 30_000)),
      json(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
      yml(`environment:\n  A: ${'x'.repeat(1_000_000)}`),
      yml('\uFEFFinstances: 2\n'),
      yml(Buffer.from([0xff, 0xfe, 0x61, 0x00])),
      yml('environment: { A: "\\0" }'),
      yml('environment: { "A\\0B": x }'),
      yml('environment: { A: "\\uD800" }'),
      yml('__proto__: { polluted: true }'),
      json('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}'),
      yml('environment: { __proto__: x }'),
      yml('NGINX_ALT: ../../etc/passwd'),
      yml('routing: { template: /etc/passwd }'),
      yml('SSL_KEY: x'),
      yml('check: { command: "touch harm", path: "/a b\\r\\nHost: evil" }'),
      yml('domains: ["*.example.com", "a.org; include /etc/passwd"]'),
      yml('octohost: !!python/object/apply:os.system ["touch harm"]'),
      yml('a: !<tag:yaml.org,2002:js/function> "function(){}"'),
      yml('instances: 1e9'),
      yml('instances: .inf'),
      yml(`? ${deep('[', ']', 5_000)}\n: x`),
      yml('? {a: b}\n: x'),
      yml(`"${'\\'.repeat(60_000)}"`),
    ],
    enter: enterSiteFile,
  }),
  door({
    name: 'Dockerfile',
    input: lines(
      spoiled(
        'FROM busybox',
        'EXPOSE 8080/tcp',
        'ARG PORT=80',
        'EXPOSE $PORT',
        'RUN <<EOF',
        'EOF',
        '# syntax=docker/dockerfile:1',
        '# escape=`',
        '# NO_HTTP_PROXY',
        '# ADD_NAME',
        '# VOLUMES_FROM',
        '# LINK_SERVICE redis',
        '# MOUNT_FROM_HOST /etc /etc:ro',
        '# PORTS_FROM_HOST 53 53/udp 127.0.0.1',
      ),
      14,
    ),
    cases: [
      'FROM busybox\nEXPOSE 8080\n# LINK_SERVICE redis\n',
      '# MOUNT_FROM_HOST /\n',
      '# MOUNT_FROM_HOST /var/run/docker.sock\n',
      '# MOUNT_FROM_HOST /allowed/../etc\n',
      '# MOUNT_FROM_HOST /etc:/x\n',
      '# MOUNT_FROM_HOST /a /\n',
      '# PORTS_FROM_HOST 22 22\n',
      '# PORTS_FROM_HOST 1-65535 1-65535\n',
      '# PORTS_FROM_HOST 80 80 evil.example.com\n',
      '# LINK_SERVICE db other_site\n',
      '# LINK_SERVICE --privileged\n',
      '# LINK_SERVICE a;touch ../x\n',
      '# ADD_NAME --net=host\n',
      '# syntax=evil.example.com/frontend\nFROM busybox',
      '#syntax=evil\n# SYNTAX = evil\nFROM busybox',
      '\uFEFF# syntax=evil\nFROM busybox',
      'FROM busybox\0\nEXPOSE 80',
      `EXPOSE ${'1 '.repeat(50_000)}`,
      `FROM a\n${'RUN <<A <<B\n'.repeat(500)}`,
      `FROM a\nENV ${'A=$A$A '.repeat(200)}\nEXPOSE $A`,
      `# MOUNT_FROM_HOST ${'/a'.repeat(100_000)}`,
      'x'.repeat(1_000_000),
    ],
    enter: enterDockerfile,
  }),
  door({
    name: 'patterns of .dockerignore',
    input: lines(spoiled('node_modules', '!src', '**/*.log', '*', 'a?[a-z]', '(a+)+b', 'a/**/b')),
    cases: [
      'src',
      '!constructor',
      '(a+)+b',
      '(.*)*!',
      '[',
      '[^',
      '[a-',
      '\\',
      '!',
      '/',
      '..',
      '**'.repeat(5_000),
    ],
    enter: enterBy(
      (text: string) => includesOf('.dockerignore', text, ['Dockerfile']),
      (includes) => {
        must(includes('Dockerfile'), 'no Dockerfile');
        const sent = ['a'.repeat(100), 'a/a/a/a', 'constructor'].map(includes);
        must(
          sent.every((one) => typeof one === 'boolean'),
          'no answer',
          sent,
        );
      },
    ),
  }),
  door({
    name: 'Procfile',
    input: lines(spoiled('release: bin/migrate', 'web: bin/serve')),
    cases: [
      'release: bin/migrate',
      'release: \0',
      '__proto__: x',
      `release: ${'a'.repeat(1_000_000)}`,
      `${' '.repeat(100_000)}x`,
    ],
    enter(text) {
      const found = commandIn(text, 'release');
      if (found === undefined) return 'refused';
      must(text.includes(found) && !/[\r\n]/.test(found), 'another command', found);
      return 'harmless';
    },
  }),
  door({
    name: 'settings on stdin',
    input: fc.oneof(
      lines(
        spoiled(
          'A=b',
          "B='c d'",
          'C="d\\n"',
          'octo config:set app A=b',
          "printf '%s\\n' x | octo config:set --secret app/B",
          '# x',
        ),
      ),
      fc.json({ maxDepth: 2 }),
      fc.dictionary(spoiled('A'), hostile).map((all) => JSON.stringify(all)),
    ),
    cases: [
      'A=1\nB=2',
      '{"A": "1", "A": "2"}',
      '{"__proto__": {"polluted": "x"}}',
      'octo config:set app A=$(touch harm)',
      'A="$(touch harm)',
      "printf '%s\\n' x | octo config:set app/A -; touch harm",
      'A=\0',
      deep('[', ']', 100_000),
      deep('{"A":', '}', 100_000),
      `A=${'x'.repeat(100_001)}`,
      `${'A'.repeat(1_000_000)}=x`,
      '\uFEFFA=1',
      'SSL_KEY=x',
      'OCTO_NONSENSE=x',
    ],
    enter(text) {
      const { settings, secrets, mistakes } = readSettings(text);
      must(
        mistakes.every(({ line }) => line >= 1 && line <= text.split('\n').length + 1),
        'no line',
        mistakes,
      );
      if (mistakes.length > 0) return 'refused';
      mustBeSettings(settings);
      must(
        secrets.every((name) => name in settings),
        'a secret without a value',
        secrets,
      );
      return 'harmless';
    },
  }),
];
