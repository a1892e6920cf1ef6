/** The site file: what it can say, and every way in which it can be wrong. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSiteFile, readSiteFile, type SiteFile } from '../../core/site-file.ts';
import { memoryTree } from '../testing/memory-tree.ts';

const parse = (text: string, file = '.octohost.yml') => parseSiteFile(file, Buffer.from(text));
/** The lines of the refusal. */
const mistakes = async (text: string | Buffer, file = '.octohost.yml'): Promise<readonly string[]> => {
  try {
    await parseSiteFile(file, Buffer.from(text));
  } catch (error) {
    const { code, details } = error as { code: string; details: readonly string[] };
    if (code === 'E_SITE_FILE') return details;
    throw error;
  }
  return [];
};

const everything = `# yaml-language-server: $schema=site-file.schema.json
instances: 3
memory: 256m
port: 3000
noHttp: false
gracePeriod: 30

check:
  timeout: 90
routing:
  maxBodySize: 50m
  httpsOnly: true
service:
  tags: [http, green]
environment:
  GREETING: good morning
  VERSION: 1.10
  LARGE: 12345678901234567890
  DEBUG: true
  EMPTY: ''
  LINES: |
    one
    two
domains:
  - www.Example.com
  - bücher.example
  - www.example.com
`;

describe('a site file', () => {
  it('says what settings would say, with the line of each', async () => {
    expect(await parse(everything)).toEqual({
      file: '.octohost.yml',
      values: {
        CONTAINERS: '3',
        MEMORY_LIMIT: '256m',
        OCTO_PORT: '3000',
        NO_HTTP_PROXY: 'false',
        OCTO_GRACE_PERIOD: '30',
        OCTO_CHECK_TIMEOUT: '90',
        OCTO_MAX_BODY_SIZE: '50m',
        SSL_FORCED: 'true',
        CONSUL_TAGS: 'http,green',
        GREETING: 'good morning',
        VERSION: '1.10',
        LARGE: '12345678901234567890',
        DEBUG: 'true',
        EMPTY: '',
        LINES: 'one\ntwo\n',
      },
      lines: expect.objectContaining({ CONTAINERS: 2, OCTO_CHECK_TIMEOUT: 9, GREETING: 16, LINES: 21 }),
      domains: ['www.example.com', 'xn--bcher-kva.example'],
    });
  });

  it.each([
    { what: 'CRLF', text: everything.replaceAll('\n', '\r\n') },
    { what: 'a byte order mark', text: `\uFEFF${everything}` },
  ])('may have $what', async ({ text }) => {
    const { LINES: _, ...values } = (await parse(text)).values;
    expect((await parse(everything)).values).toMatchObject(values);
    expect((await parse(text)).lines).toEqual((await parse(everything)).lines);
  });

  it.each(['', '# nothing yet\n', '{}', '---\n', '~'])('may say nothing: %j', async (text) => {
    expect(await parse(text)).toMatchObject({ values: {}, domains: [] });
  });

  it('may be JSON, or a key of package.json', async () => {
    const json = '{\n\t"$schema": "x",\n\t"instances": 2,\n\t"environment": { "A": 1.10 }\n}';
    const { values, lines } = await parse(json, '.octohost.json');
    expect({ values, lines }).toEqual({
      values: { CONTAINERS: '2', A: '1.10' },
      lines: { CONTAINERS: 3, A: 4 },
    });
    const shared = `{\n"name": "x", "scripts": {},\n"octohost": ${json}\n}`;
    expect(await parse(shared, 'package.json')).toMatchObject({ values, lines: { CONTAINERS: 5, A: 6 } });
  });

  it('means the same in JSON, whatever is in it', async () => {
    const name = fc.stringMatching(/^[A-NP-Z][A-Z]{0,8}[0-9]$/);
    const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((one) => !one.includes('\0'));
    const indent = fc.constantFrom('', '  ', '\t');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, text), indent, async (environment, spaces) => {
        const file = await parse(JSON.stringify({ environment }, null, spaces), '.octohost.json');
        expect(file.values).toEqual({ ...environment });
      }),
    );
  }, 60_000);
});

describe('mistakes are all named at once, with their lines', () => {
  it.each([
    { text: 'instances: many', lines: ['line 1: instances is not a whole number from 1 to 100'] },
    { text: 'instances: 1e400', lines: ['line 1: instances is not a whole number from 1 to 100'] },
    { text: 'instances: "3"', lines: ['line 1: instances is not a whole number from 1 to 100'] },
    { text: 'memory: 1k', lines: ["line 1: memory is below the engine's least, 6m"] },
    { text: 'memory: [1]', lines: ['line 1: memory is not an amount of memory such as 256m or 1g'] },
    { text: 'noHttp: "yes"', lines: ['line 1: noHttp is neither true nor false'] },
    { text: 'check: 5', lines: ['line 1: check is not a map of options'] },
    { text: 'check:', lines: ['line 1: check is not a map of options'] },
    { text: '- 1', lines: ['line 1: it is not a map of options'] },
    { text: 'hello', lines: ['line 1: it is not a map of options'] },
    { text: 'instnces: 1', lines: ['line 1: there is no key instnces; did you mean instances?'] },
    {
      text: 'check:\n  timout: 1',
      lines: ['line 2: there is no key check.timout; did you mean check.timeout?'],
    },
    { text: 'timeout: 1', lines: ['line 1: there is no key timeout; did you mean check.timeout?'] },
    { text: 'CONTAINERS: 1', lines: ['line 1: there is no key CONTAINERS; did you mean instances?'] },
    { text: 'colour: red', lines: ['line 1: there is no key colour'] },
    { text: 'SSL_KEY: x', lines: ['line 1: there is no key SSL_KEY'] },
    {
      text: 'routing:\n  template: x',
      lines: ["line 2: routing.template is the operator's to say, in octohost.config.ts"],
    },
    { text: 'service:\n  tags: [a b]', lines: ['line 2: service.tags has a comma or a blank in a word'] },
    { text: 'domains: x.com', lines: ['line 1: domains is not a list of domains'] },
    {
      text: 'domains:\n  - x.com\n  - "*.x.com"\n  - 5\n  - x.com; return 301',
      lines: [
        'line 3: domains holds "*.x.com", which is no plain host name',
        'line 4: domains holds something that is no text',
        'line 5: domains holds "x.com; return 301", which is no plain host name',
      ],
    },
    {
      text: 'environment:\n  1A: x\n  A-B: x\n  OCTO_X: x\n  CONTAINERS: 2\n  SSL_KEY: x\n  N:\n  L: [1]\n  I: .inf\n  E: 1e400',
      lines: [
        'line 2: environment.1A is no name: letters, digits and _, a digit not first',
        'line 3: environment.A-B is no name: letters, digits and _, a digit not first',
        "line 4: environment.OCTO_X begins with OCTO_, which is octohost's own",
        "line 5: environment.CONTAINERS is octohost's own: write instances",
        "line 6: environment.SSL_KEY is octohost's own, and stands in no file",
        ...[7, 8, 9, 10].map(
          (line) =>
            `line ${line}: environment.${'NLIE'[line - 7]} is no text, number or boolean; quote what is meant as a text`,
        ),
      ],
    },
    { text: 'port: 1\nport: 2', lines: ['line 2: the key "port" stands twice'] },
    {
      text: 'port: &x 1\ninstances: *x',
      lines: ['line 1: anchors are not understood here', 'line 2: aliases are not understood here'],
    },
    { text: '<<: {port: 1}', lines: ['line 1: there is no key <<'] },
    { text: 'port: !!js/function "x"', lines: ['line 1: tags are not understood here'] },
    { text: 'port: !!int "1"', lines: ['line 1: tags are not understood here'] },
    { text: '%YAML 1.1\n---\nport: 1', lines: ['line 1: directives are not understood here'] },
    { text: 'port: 1\n---\nport: 2', lines: ['line 2: a second document begins; there can be one'] },
    { text: '? [a]\n: 1\n', lines: ['line 1: a key must be a plain word'] },
    { text: '__proto__: {instances: 1}', lines: ['line 1: there is no key __proto__'] },
    { text: 'environment: {__proto__: x}', lines: ['line 1: there is no key __proto__'] },
    { text: 'constructor: 1', lines: ['line 1: there is no key constructor'] },
    {
      text: 'environment:\n  A: "\\0"',
      lines: ['line 2: this is no text: it has a NUL, or half of a character'],
    },
    {
      text: 'environment:\n  A: "\\ud800"',
      lines: ['line 2: this is no text: it has a NUL, or half of a character'],
    },
    { text: 'a:\n\tb: 1', lines: ['line 2: Tabs are not allowed as indentation'] },
    { text: `a: ${'['.repeat(30_000)}`, lines: ['line 1: this is nested too deep'] },
    { text: '- '.repeat(30_000), lines: ['line 1: this is nested too deep'] },
    {
      text: `environment: { A: "${'x'.repeat(70_000)}" }`,
      lines: ['line 1: it has 70022 bytes; it may have 65536'],
    },
    { text: Buffer.from('instances: 3', 'utf16le'), lines: expect.arrayContaining([expect.any(String)]) },
    { text: Buffer.from([0xff, 0xfe, 0x61, 0x00]), lines: ['line 1: it is no UTF-8 text'] },
    { text: Buffer.from('environment: {A: é}', 'latin1'), lines: ['line 1: it is no UTF-8 text'] },
  ])('$text', async ({ text, lines }) => {
    expect(await mistakes(text)).toEqual(lines);
  });

  it('but not more than fit on a screen', async () => {
    const lines = await mistakes(Array.from({ length: 51 }, (_, n) => `y${n}: 1\n`).join(''));
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('and 31 more');
  });

  it('without the values of the environment', async () => {
    const lines = await mistakes(
      'environment:\n  1TOKEN: hunter2\n  OTHER: [hunter2]\n  "unclosed: hunter2\n',
    );
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join('\n')).not.toContain('hunter2');
  });
});

it('whatever comes in, it is read or refused with its code', async () => {
  const signs = 'a:|[]{},"\'>#%\n\t\0\r\\\uFEFF\ud800é '.split('');
  const words = [
    '- ',
    '? ',
    '&a ',
    '*a ',
    '!!x ',
    '---\n',
    '1e400',
    'instances',
    'environment',
    '__proto__',
    '<<',
    '~',
  ];
  const pieces = fc.constantFrom(...signs, ...words);
  const text = fc.oneof(
    fc.array(pieces, { maxLength: 60 }).map((all) => all.join('')),
    fc.string({ unit: 'binary' }),
  );
  const bytes = fc.oneof(
    text.map((one) => Buffer.from(one)),
    fc.uint8Array({ maxLength: 200 }),
  );
  await fc.assert(
    fc.asyncProperty(bytes, fc.constantFrom('.octohost.yml', 'package.json'), async (content, file) => {
      const read: SiteFile | { code: string } = await parseSiteFile(file, content).catch((error) => error);
      if ('code' in read) expect(read.code).toBe('E_SITE_FILE');
      else expect(read.file).toBe(file);
    }),
    { numRuns: 200 },
  );
}, 60_000);

describe('where it is looked for', () => {
  const read = (files: Record<string, string>) => readSiteFile(memoryTree({ Dockerfile: '', ...files }));

  it.each([
    { files: {}, file: undefined },
    { files: { 'octohost.yml': 'port: 1' }, file: undefined },
    { files: { '.octohost.yml': 'port: 1' }, file: '.octohost.yml' },
    { files: { '.octohost.yaml': 'port: 1', 'package.json': '{}' }, file: '.octohost.yaml' },
    { files: { '.octohost.json': '{}' }, file: '.octohost.json' },
    { files: { 'package.json': '{ "octohost": { "port": 1 } }' }, file: 'package.json' },
    {
      files: { 'package.json': '{ "name": "octohost", "dependencies": { "octohost": "1" } }' },
      file: undefined,
    },
    { files: { 'package.json': '{ nothing of ours' }, file: undefined },
    { files: { 'package.json': '[]' }, file: undefined },
  ])('$files gives $file', async ({ files, file }) => {
    expect((await read(files as Record<string, string>))?.file).toBe(file);
  });

  it('two at once are refused, with both named', async () => {
    const two = { '.octohost.yml': '', 'package.json': '{ "octohost": {} }' };
    await expect(read(two)).rejects.toMatchObject({
      code: 'E_SITE_FILES',
      message: expect.stringContaining('.octohost.yml and package.json'),
    });
  });

  it('a package.json that is broken around our key is refused', async () => {
    await expect(read({ 'package.json': '{ "octohost": { "port": 1 }' })).rejects.toMatchObject({
      code: 'E_SITE_FILE',
    });
  });
});
