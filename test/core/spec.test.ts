import { expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import { specDigest } from '../../core/spec.ts';

const spec = {
  site: parseSiteName('app'),
  image: 'sha256:1',
  environment: { A: '1', B: '2' },
  ports: [{ port: 80, protocol: 'tcp' as const }],
  volumes: ['/data'],
  generation: 1,
};

it('equal specs have equal digests, whatever the order of their keys', () => {
  expect(specDigest({ ...spec, environment: { B: '2', A: '1' } })).toBe(specDigest(spec));
});

it.each([
  { what: 'the image', changed: { image: 'sha256:2' } },
  { what: 'a value', changed: { environment: { A: '1', B: '3' } } },
  { what: 'a name', changed: { environment: { A: '1', C: '2' } } },
  { what: 'a port', changed: { ports: [] } },
  { what: 'the generation', changed: { generation: 2 } },
  { what: 'the memory limit', changed: { memoryLimit: 1 } },
  { what: 'the limit of processes', changed: { processes: 50 } },
  { what: 'the processors', changed: { cpus: 0.5 } },
])('another $what gives another digest', ({ changed }) => {
  expect(specDigest({ ...spec, ...changed })).not.toBe(specDigest(spec));
});
