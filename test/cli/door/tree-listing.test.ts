import { describe, expect, it } from 'vitest';
import { bytesOf, parseListing, shownPath } from '../../../cli/door/tree-listing.ts';

const listing = (...lines: string[]) =>
  parseListing(Buffer.from(lines.map((line) => `${line}\0`).join(''), 'latin1'));

describe('the listing of a tree', () => {
  const tree = listing(
    '100644 blob a1\t.gitattributes',
    '100644 blob a2\tCNAME',
    '100644 blob a3\todd\tCNAME',
    '100755 blob a4\trun\n100644 blob a9\tno-line',
    '120000 blob a5\tlinks/.gitattributes',
    '100644 blob a6\tsub/.gitattributes',
    '100644 blob a7\tsub/x.gitattributes',
    '160000 commit b1\tvendor/\xfflib',
    '100644 blob a8\t160000 commit b2',
  );

  it.each([
    ['CNAME', { mode: '100644', id: 'a2' }],
    ['odd\tCNAME', { mode: '100644', id: 'a3' }],
    ['run\n100644 blob a9\tno-line', { mode: '100755', id: 'a4' }],
    ['links/.gitattributes', { mode: '120000', id: 'a5' }],
    ['no-line', undefined],
    ['sub', undefined],
    ['', undefined],
  ])('has %j as %j', (path, entry) => {
    const found = tree.entry(path);
    expect(found && { mode: found.mode, id: found.id }).toEqual(entry);
  });

  it('knows its submodules, attributes and files', () => {
    expect(tree.submodules()).toEqual([{ path: 'vendor/\xfflib', commit: 'b1' }]);
    expect(tree.attributes()).toEqual(['a1', 'a6']);
    expect(tree.files()).toEqual(['a1', 'a2', 'a3', 'a4', 'a6', 'a7', 'a8']);
  });

  it('may be empty', () => {
    const empty = listing();
    expect([empty.entry(''), empty.submodules(), empty.attributes(), empty.files()]).toEqual([
      undefined,
      [],
      [],
      [],
    ]);
  });
});

it.each(['ümläut', '日本', 'plain'])('%s is its bytes, and back', (name) => {
  expect(shownPath(bytesOf(name))).toBe(name);
});
