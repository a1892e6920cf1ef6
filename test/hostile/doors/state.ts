/** What others can write into the store (Consul), what settings come to, and what becomes text of nginx. */
import * as fc from 'fast-check';
import { checkEntries } from '../../../cli/settings-text/entries.ts';
import type { AccessKey } from '../../../core/access.ts';
import { parseCertificate } from '../../../core/certificate.ts';
import { parseSettingKey, parseSettingValue, type SiteName } from '../../../core/grammar.ts';
import { readRecord, recordKinds, Unreadable } from '../../../core/records.ts';
import type { Settings } from '../../../core/release.ts';
import { createKeys, open, readKeys, seal, writeKeys } from '../../../core/sealing.ts';
import { checkSetting, resolveSite, unknownImage } from '../../../core/site.ts';
import { siteOptions } from '../../../core/site-options.ts';
import { resolveRoute } from '../../../core/site-route.ts';
import { quoteFor } from '../../../plugins/nginx-router/nginx-quote.ts';
import { parseService } from '../../../plugins/shared/service-schema.ts';
import { makeRelease } from '../../contracts/fixture.ts';
import { selfSigned } from '../../helpers/certificates.ts';
import { type Door, door, enterBy, must, refusedBy } from '../door.ts';
import { bytes, hostile, spoiled } from '../inputs.ts';

const app = 'app' as SiteName;
const accessKey = {
  name: 'alice',
  type: 'ssh-ed25519',
  base64: 'AAAA',
  comment: '',
  fingerprint: 'SHA256:x',
  right: 'deploy',
  sites: ['app'],
  addedAt: 'now',
  addedBy: 'me',
};
const records = {
  pointer: { site: 'app', release: 1, stopped: false, spec: 'x', domains: ['a.org'] },
  content: { A: 'b' },
  domains: { written: 'a.org', set: ['a.org'] },
  lease: { number: 1, holder: null },
  accessKey,
  release: makeRelease(app, { id: 'sha256:1', ports: [], volumes: [] }),
};
const kinds = [...recordKinds];
const service = {
  kind: 'by-hand',
  id: 'app-10.0.0.5-80',
  site: 'app',
  address: '10.0.0.5',
  port: 80,
  tags: ['http'],
  actor: 'me',
  since: 'now',
};
const optionValues = spoiled(
  '1',
  '256m',
  '80',
  '/up',
  '200-399',
  'http',
  '["a"]',
  'true',
  '15s',
  'http://a.org/up',
  'a.org',
  'blue,green',
  'NET_ADMIN,SYS_TIME',
  '/dev/kvm,/dev/dri:/dev/dri:r',
);
const { certificate, key } = selfSigned('a.org');
const keys = createKeys();
const place = { site: 'app', name: 'TOKEN' };
const sealed = seal(keys, place, 'a value');

/** Its parts go into a line for sshd and into the question whose sites it may change. */
function mustBeAccessKey({ name, type, base64, sites, right }: AccessKey): void {
  const words = [name, type, base64, ...sites];
  must(
    words.every((word) => !/[\s"',]/.test(word)),
    'more than a word',
    words,
  );
  must(['read', 'deploy', 'admin'].includes(right), 'a right', right);
}

export const state: readonly Door[] = [
  door({
    name: 'record in the store',
    input: fc.tuple(
      fc.constantFrom(...kinds),
      fc.oneof(
        spoiled(...Object.values(records).map((record) => JSON.stringify(record))),
        fc.json({ maxDepth: 4 }),
        fc
          .record({ site: hostile, release: fc.anything(), spec: fc.anything() })
          .map((all) => JSON.stringify(all) ?? ''),
      ),
    ),
    cases: [
      ['pointer', JSON.stringify(records.pointer)],
      ['content', '{"__proto__": {"polluted": "x"}}'],
      ['content', '['.repeat(50_000)],
      ['content', '{"A": 1}'],
      ['accessKey', '{"name": "a\\" b", "type": "ssh-ed25519 x", "base64": "A\\nB"}'],
      ['accessKey', JSON.stringify(accessKey)],
      ['accessKey', JSON.stringify({ ...accessKey, sites: ['app", "*'] })],
      ['accessKey', JSON.stringify({ ...accessKey, right: 'root' })],
      ['accessKey', JSON.stringify({ ...accessKey, sites: '*' })],
      ['release', JSON.stringify(records.release)],
      ['release', JSON.stringify({ ...records.release, run: { ports: '80' } })],
      ['pointer', '\uFEFF{}'],
      ['pointer', '{"site": "app\0"}'],
      ['pointer', 'null'],
      ['pointer', ''],
      ['pointer', `"${'x'.repeat(1_000_000)}"`],
    ],
    enter([kind, text]) {
      const record = readRecord(kind, text);
      must(!('polluted' in {}), 'a prototype was changed');
      if (record instanceof Unreadable) return 'refused';
      if (kind === 'accessKey') mustBeAccessKey(record as AccessKey);
      return 'harmless';
    },
  }),
  door({
    name: 'service in the catalog',
    input: fc
      .record(
        {
          address: fc.oneof(spoiled('10.0.0.5', '::1'), fc.anything()),
          port: fc.oneof(fc.integer(), fc.anything()),
          site: fc.oneof(spoiled('app'), fc.anything()),
        },
        { requiredKeys: [] },
      )
      .map((changed): Record<string, unknown> => ({ ...service, ...changed })),
    cases: [
      service,
      { ...service, address: '10.0.0.5; include /etc/passwd' },
      { ...service, address: 'evil.example.com' },
      { ...service, port: '80;' },
      { ...service, port: 0 },
      { ...service, site: 'app}' },
      { ...service, tags: [{}] },
    ],
    enter(value) {
      const parsed = parseService(value);
      if ('problem' in parsed) return 'refused';
      const { address, port, site } = parsed.service;
      const quote = quoteFor('test');
      quote.endpoint(address, port);
      quote.siteName(site);
      return 'harmless';
    },
  }),
  door({
    name: 'stored settings of a site',
    input: fc.dictionary(
      fc.oneof(fc.constantFrom(...Object.keys(siteOptions)), spoiled('TOKEN', 'A')),
      fc.oneof(optionValues, hostile),
      { maxKeys: 4 },
    ),
    cases: [
      { CONTAINERS: '2', A: 'b' },
      { 'A=B': 'x' },
      { 'A\nB': 'x' },
      { 'a/b': 'x' },
      { A: 'x\0y' },
      { A: '\uD800' },
      { LD_PRELOAD: '/tmp/harm.so' },
      { CONTAINERS: '1e9' },
      { MEMORY_LIMIT: '9'.repeat(400) },
      { NGINX_ALT: '../../etc/passwd' },
      { OCTO_CHECK_PATH: '/\r\nHost: evil' },
      { CUSTOM_CHECK: 'file:///etc/passwd' },
      { OCTO_MAX_BODY_SIZE: '1g; include /etc/passwd' },
      { OCTO_REQUEST_TIMEOUT: '1s;' },
      { SSL_KEY: '-----BEGIN PRIVATE KEY-----' },
      { A: 'x'.repeat(400_000) },
    ],
    enter: enterBy(
      (given: Record<string, string>) => {
        const settings = given as Settings;
        return {
          ...resolveSite(app, settings, unknownImage),
          route: resolveRoute(app, settings, true).options,
        };
      },
      ({ environment, count, memoryLimit = 1e7, route }) => {
        for (const [name, value] of Object.entries(environment)) {
          must(/^[A-Za-z_]\w{0,127}$/.test(name), 'no variable', name);
          must(!value.includes('\0') && value.isWellFormed(), 'no value', value);
        }
        must(Number.isInteger(count) && count >= 1 && count <= 100, 'a count', count);
        must(Number.isSafeInteger(memoryLimit) && memoryLimit > 1e6, 'a limit', memoryLimit);
        const { maxBodyBytes = 0, timeoutSeconds = 1, template = 'x' } = route;
        must(Number.isSafeInteger(maxBodyBytes) && Number.isSafeInteger(timeoutSeconds), 'no number', route);
        must(/^[\w-]*$/.test(template), 'no template', template);
      },
    ),
  }),
  door({
    name: 'setting',
    input: fc.tuple(
      fc.oneof(fc.constantFrom(...Object.keys(siteOptions)), spoiled('TOKEN')),
      fc.oneof(optionValues, hostile),
    ),
    cases: [
      ['CONTAINERS', '2'],
      ['OCTO_', 'x'],
      ['OCTO_CHECK_BODY', 'x'.repeat(1_000_000)],
      ['DOMAINS', 'a.org; include /etc/passwd'],
      ['OCTO_CAPABILITIES', 'ALL'],
      ['OCTO_DEVICES', '/dev/../var/run/docker.sock'],
      ['OCTO_DEVICES', '/dev/kvm:/etc/passwd'],
      ['TOKEN', '\uFEFF'],
      ['TOKEN', '\0'],
      ['TOKEN', 'x'.repeat(1_000_000)],
    ],
    enter: enterBy(
      ([name, value]: [string, string]) => {
        parseSettingValue(parseSettingKey(name), value);
        checkSetting(name, value);
        return checkEntries({ entries: [{ line: 1, key: name, value }], mistakes: [] });
      },
      ({ mistakes }) => must(mistakes.length === 0, 'two opinions', mistakes),
    ),
  }),
  door({
    name: 'certificate and key',
    input: fc
      .tuple(bytes(spoiled(certificate)), bytes(spoiled(key)))
      .map((both) => both.map(String) as [string, string]),
    cases: [
      [certificate, key],
      [certificate, selfSigned('b.org').key],
      [key, certificate],
      [certificate + key, key],
      [certificate.repeat(200), key],
      ['-----BEGIN CERTIFICATE-----\n'.repeat(1_000), key],
      [certificate.replace('MII', 'AAA'), key],
    ],
    enter([chain, secret]) {
      const pair = parseCertificate(chain, secret);
      if ('problem' in pair) {
        must(!pair.problem.includes('MII'), 'a problem that repeats what it is about', pair.problem);
        return 'refused';
      }
      const pem = /^(?:-----BEGIN [A-Z ]+-----\n(?:[\w+/=]+\n)+-----END [A-Z ]+-----\n)+$/;
      must(pem.test(pair.certificate) && pem.test(pair.key), 'more than PEM blocks');
      return 'harmless';
    },
  }),
  door({
    name: 'sealed secret',
    input: fc.tuple(spoiled(sealed), fc.constantFrom('app', 'shop'), fc.constantFrom('TOKEN', 'OTHER')),
    cases: [
      [sealed, 'app', 'TOKEN'],
      [sealed, 'shop', 'TOKEN'],
      [sealed, 'app', 'OTHER'],
      [`${sealed}=`, 'app', 'TOKEN'],
    ],
    enter([text, site, name]) {
      const opened = open(keys, { site, name }, text);
      if ('unopened' in opened) return 'refused';
      must(opened.value === 'a value' && site === 'app' && name === 'TOKEN', 'another value', opened);
      return 'harmless';
    },
  }),
  door({
    name: 'file of the keys to secrets',
    input: spoiled(writeKeys(keys)),
    cases: [
      writeKeys(keys),
      '{}',
      'null',
      '[]',
      '{"keys": null}',
      '{"keys": "x"}',
      '{"keys": {"0a0a0a0a": {}}}',
    ],
    enter(text) {
      const read = readKeys(text);
      if (!read) return 'refused';
      must(
        [read.current, ...read.former].every(({ bytes: one }) => one.length === 32),
        'no key',
      );
      return 'harmless';
    },
  }),
  door({
    name: 'value in the configuration of nginx',
    input: fc.tuple(
      fc.constantFrom('hostName', 'path', 'size', 'siteName', 'contentKey', 'endpoint'),
      spoiled('a.org', '*.a.org', '/var/lib/x', '1g', 'app', '0a1b', '10.0.0.1', 'fd00::1'),
    ),
    cases: [
      ['hostName', 'a.org'],
      ['hostName', 'a.org;'],
      ['hostName', '~^.*$'],
      ['path', '/a b'],
      ['path', '/a/../b'],
      ['path', '/a$x'],
      ['path', '/a\n'],
      ['path', '/*'],
      ['size', '1g;'],
      ['endpoint', 'unix:/x'],
      ['endpoint', 'fe80::1%eth0'],
    ],
    enter([kind, value]) {
      const quote = quoteFor('test');
      try {
        const text = kind === 'endpoint' ? quote.endpoint(value, 80) : quote[kind](value);
        must(
          /^[^\s;{}"'\\$#]*$/.test(text) && !/[*?]/.test(text.replace(/^\*\./, '')),
          'more than a word',
          text,
        );
        return 'harmless';
      } catch (error) {
        return refusedBy(error);
      }
    },
  }),
];
