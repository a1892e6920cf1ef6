import { describe, expect, it } from 'vitest';
import { formatVersion, readManifest } from '../../../cli/backup/manifest.ts';
import { schemaVersion } from '../../../core/index.ts';

const entry = { name: 'sites.json', bytes: 2, sha256: '0'.repeat(64) };
const whole = {
  format: formatVersion,
  schema: schemaVersion,
  octohost: '1.0.0',
  createdAt: '',
  repositories: {},
  entries: [entry],
};
const text = (change: object) => JSON.stringify({ ...whole, ...change });
const named = (name: string) => text({ entries: [entry, { ...entry, name }] });
const withRefs = (refs: object, name = 'app') =>
  text({ repositories: { [name]: refs }, entries: [entry, { ...entry, name: `repositories/${name}.pack` }] });
const revision = 'a'.repeat(40);

describe('a manifest', () => {
  it.each([
    { what: 'of sites alone', given: text({}) },
    { what: 'with a repository', given: withRefs({ 'refs/heads/main': revision }) },
    {
      what: 'with a note and a tag that git takes',
      given: withRefs({ 'refs/notes/commits': revision, 'refs/tags/v\u00a01': revision }),
    },
    { what: 'with the ref of a release', given: withRefs({ 'refs/octohost/releases/app/12': revision }) },
    { what: 'with images', given: named('images/app.tar') },
  ])('is read, $what', ({ given }) => {
    expect(readManifest(given, '1.0.0')).toEqual(JSON.parse(given));
  });

  it.each([
    { what: 'no JSON', given: 'x' },
    { what: 'another kind of JSON', given: '[]' },
    { what: 'something unknown', given: text({ more: 1 }) },
    { what: 'no sites', given: text({ entries: [] }) },
    { what: 'a file that is absolute', given: named('/etc/passwd') },
    { what: 'a file outside', given: named('repositories/../../x.pack') },
    { what: 'a file in a folder of its own', given: named('repositories/a/b.pack') },
    { what: 'a repository without a name of one', given: named('repositories/UPPER.pack') },
    { what: 'a file of another kind', given: named('images/app.sh') },
    { what: 'a file twice', given: named('sites.json') },
    { what: 'a size below nothing', given: text({ entries: [{ ...entry, bytes: -1 }] }) },
    { what: 'a hash that is none', given: text({ entries: [{ ...entry, sha256: 'x' }] }) },
    {
      what: 'refs of a repository that is not in it',
      given: text({ repositories: { app: { 'refs/heads/x': revision } } }),
    },
    { what: 'a ref of no kind', given: withRefs({ HEAD: revision }) },
    { what: "a ref of octohost's own", given: withRefs({ 'refs/octohost/pending/0/heads/main': revision }) },
    { what: 'the release of no site', given: withRefs({ 'refs/octohost/releases/../1': revision }) },
    { what: 'a ref with a line break', given: withRefs({ 'refs/heads/a\ndelete x': revision }) },
    { what: 'a revision that is an option', given: withRefs({ 'refs/heads/main': '--all' }) },
  ])('is none with $what', ({ given }) => {
    expect(() => readManifest(given, '1.0.0')).toThrow(
      expect.objectContaining({ code: 'E_BACKUP_MANIFEST' }),
    );
  });

  it.each([
    { what: 'format', newer: { format: formatVersion + 1, octohost: '2.0.0', other: [] } },
    { what: 'schema', newer: { ...whole, schema: schemaVersion + 1, octohost: '2.0.0' } },
  ])('of a newer $what is refused with both versions, whatever else it has', ({ what, newer }) => {
    expect(() => readManifest(JSON.stringify(newer), '1.0.0')).toThrow(
      expect.objectContaining({
        code: 'E_BACKUP_NEWER',
        message: expect.stringMatching(
          new RegExp(`octohost 2\\.0\\.0, with ${what} \\d+\\. This is 1\\.0\\.0, which knows ${what} \\d`),
        ),
      }),
    );
  });
});
