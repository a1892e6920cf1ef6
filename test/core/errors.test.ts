import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { siteErrors } from '../../core/catalogue/site.ts';
import { exitCodes, placeError } from '../../core/errors.ts';
import { defineErrors, isOctohostError, type OctohostError } from '../../core/index.ts';

const root = join(import.meta.dirname, '..', '..');
const sources = globSync('{core,cli,plugins}/**/*.ts', { cwd: root }).toSorted();
const read = (path: string) => readFileSync(join(root, path), 'utf8');

type Factory = (facts: unknown) => OctohostError;

/** What a fact may be, tried one after the other where a message cannot use it. */
const samples = ['sample', ['sample'], 7, new Error('sample')] as const;

/** Makes an error without knowing its facts: each is a text, until the message asks more of it. */
function makeError(factory: Factory): OctohostError {
  const chosen = new Map<string | symbol, number>();
  let asked: string | symbol = '';
  const facts = new Proxy(
    {},
    {
      get(_, name) {
        asked = name;
        return samples[chosen.get(name) ?? 0];
      },
    },
  );
  for (;;) {
    try {
      return factory(facts);
    } catch (error) {
      const next = (chosen.get(asked) ?? 0) + 1;
      if (next >= samples.length) throw error;
      chosen.set(asked, next);
    }
  }
}

const catalogues = sources.filter((path) => /^ {2}E_[A-Z0-9_]+: \(/m.test(read(path)));

describe('every catalogue of errors', () => {
  it('is found', () => {
    expect(catalogues).toEqual(expect.arrayContaining(['cli/errors.ts', 'core/catalogue/deploy.ts']));
  });

  it.each(catalogues)('gives a message, a hint and a documented exit code: %s', async (path) => {
    const module = (await import(/* @vite-ignore */ join(root, path))) as Record<string, object>;
    const factories = Object.values(module)
      .flatMap((exported) => Object.entries(exported))
      .filter(([code]) => code.startsWith('E_')) as [string, Factory][];
    expect(factories.length).toBeGreaterThan(0);
    for (const [code, factory] of factories) {
      const error = makeError(factory);
      expect(isOctohostError(error), code).toBe(true);
      expect(error.code).toBe(code);
      expect(error.message, code).toMatch(/^\S[\s\S]*\S$/);
      expect(error.hint, code).toMatch(/^\S[\s\S]*\S$/);
      expect(Object.values(exitCodes), code).toContain(error.exit);
    }
  });

  it('uses each code once', () => {
    const codes = catalogues.flatMap((path) => read(path).match(/^ {2}E_[A-Z0-9_]+(?=: \()/gm) ?? []);
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });
});

/** Codes in examples of comments are nobody's. */
const withoutComments = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\//g, '');

describe('the guides', () => {
  const guides = globSync('{cli,plugins}/**/README.md', { cwd: root }).map(read).join('\n');
  const named = new Set(guides.match(/\bE_[A-Z0-9_]+\b/g) ?? []);
  const used = new Set(
    sources.flatMap((path) => withoutComments(read(path)).match(/\bE_[A-Z][A-Z0-9_]+\b/g) ?? []),
  );

  it('name every code that the sources use', () => {
    expect([...used].filter((code) => !named.has(code)).toSorted()).toEqual([]);
  });

  it('name no code that the sources do not have', () => {
    expect([...named].filter((code) => !used.has(code)).toSorted()).toEqual([]);
  });

  it('name every exit code', () => {
    const guide = read('cli/README.md');
    for (const code of Object.values(exitCodes)) expect(guide).toMatch(new RegExp(`^\\| ${code} +\\|`, 'm'));
  });
});

describe('OctohostError', () => {
  const errors = defineErrors({
    E_EXAMPLE: (f: { what: string }) => ({ message: `No ${f.what}.`, hint: 'Get one.', details: ['a', 'b'] }),
  });

  it('carries its code, hint, details, cause and exit code 1 where none is given', () => {
    const cause = new Error('why');
    const error = errors.E_EXAMPLE({ what: 'disk' }, { cause, site: 'app' });
    expect(error).toMatchObject({
      message: 'No disk.',
      code: 'E_EXAMPLE',
      hint: 'Get one.',
      details: ['a', 'b'],
      exit: 1,
      site: 'app',
    });
    expect(error.cause).toBe(cause);
  });

  it('carries the site that its text says it is about', () => {
    expect(siteErrors.E_SITE_UNKNOWN({ site: 'nowhere' }, { site: 'app' }).site).toBe('nowhere');
  });

  it('keeps the innermost place', () => {
    const error = errors.E_EXAMPLE({ what: 'disk' }, { step: 'build' });
    placeError(error, { step: 'start', site: 'app' });
    expect(error).toMatchObject({ step: 'build', site: 'app' });
  });

  it.each([new Error('x'), { code: 'E_EXAMPLE' }, 'E_EXAMPLE', null, undefined])('is not %s', (other) => {
    expect(isOctohostError(other)).toBe(false);
  });
});
