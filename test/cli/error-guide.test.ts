/** `octo help E_CODE` explains every code that any module of octohost defines. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codesIn, guideTo, knownCodes, meaningIn, withPlaceholders } from '../../cli/error-guide.ts';
import { defineErrors, messageOf } from '../../core/index.ts';
import { type CommandLine, commandLine } from './command-line.ts';

const root = join(import.meta.dirname, '..', '..');
const defined = globSync('{core,cli,plugins}/**/*.ts', { cwd: root }).flatMap((file) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/^ {2}(E_[A-Z0-9_]+)(?=: \()/gm)].map(
    (match) => match[1] ?? '',
  ),
);

describe('the guide to a code', () => {
  it('is found in a table, for each of several in one row', () => {
    const guide = 'E_A in words\n| `E_A`, `E_B` | when it \\| rains |\n| other | `E_C` |\n';
    expect([meaningIn(guide, 'E_A'), meaningIn(guide, 'E_B')]).toEqual([
      'when it \\| rains',
      'when it \\| rains',
    ]);
    expect(meaningIn(guide, 'E_C')).toBeUndefined();
    expect(codesIn(guide)).toEqual(['E_A', 'E_B']);
  });

  it('shows facts by their names, whatever shape a text wants them in', () => {
    const { E_X: x } = defineErrors({
      E_X: (f: { site: string; all: readonly string[]; cause: unknown }) => ({
        message: `${f.site.trim()}: ${f.all.join(', ')}`,
        hint: `See ${messageOf(f.cause)}.`,
      }),
    });
    expect(withPlaceholders(x as never)).toMatchObject({ message: '<site>: <all>', hint: 'See <cause>.' });
  });

  it('is there for every code, and says what it means and what to do', async () => {
    expect(defined.length).toBeGreaterThan(200);
    for (const code of defined) {
      const guide = await guideTo(code);
      expect(guide, code).toMatchObject({ code });
      for (const text of [guide?.means, guide?.message, guide?.hint])
        expect(text, code).toMatch(/^\S[\s\S]*\S$/);
      // What nobody loaded could only point at its guide.
      expect(guide?.hint, code).not.toMatch(/^See \S+\/README\.md\.$/);
    }
    expect(knownCodes()).toEqual(expect.arrayContaining(defined));
  });
});

describe('octo help E_CODE', () => {
  let line: CommandLine;
  beforeAll(() => {
    line = commandLine();
  });
  afterAll(() => line.dispose());

  it('tells when it comes up and what to do', async () => {
    const { stdout, code } = await line.octo('error', 'e_site_unknown');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^code +E_SITE_UNKNOWN$/m);
    expect(stdout).toMatch(/^when +\S/m);
    expect(stdout).toMatch(/^says +.*<site>/m);
    expect(stdout).toMatch(/^try this +\S/m);
    expect((await line.octo('error', 'E_LOCKED', '--json')).json()).toMatchObject({
      code: 'E_LOCKED',
      exit: 75,
    });
  });

  it('offers the nearest codes for one that there is not', async () => {
    const { stderr, code } = await line.octo('error', 'E_SITE_UNKNWN');
    expect(code).toBe(2);
    expect(stderr).toContain('octo help E_SITE_UNKNOWN');
  });
});
