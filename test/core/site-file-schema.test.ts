/** The JSON Schema that editors use is made of the table of options. `npx vitest -u` writes it anew. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { siteFileJsonSchema } from '../../core/site-file-schema.ts';
import { optionsOf } from '../../core/site-options.ts';

const root = join(import.meta.dirname, '..', '..');
const schema = siteFileJsonSchema();

it('core/site-file.schema.json is up to date', async () => {
  const text = JSON.stringify(schema, null, 2);
  await expect(`${text}\n`).toMatchFileSnapshot('../../core/site-file.schema.json');
});

it('the package ships it, under a name of its own', () => {
  const { exports, files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>;
    files: string[];
  };
  expect(exports['./site-file.schema.json']).toBe('./core/site-file.schema.json');
  expect(files).toContain('core/site-file.schema.json');
});

it.each(optionsOf('file'))('$name is in it, with its sentence', ({ key = '', says }) => {
  const at = key.split('.').join('.properties.');
  expect(schema).toHaveProperty(`properties.${at}.description`, says);
});

it('nothing else may stand in a file', () => {
  expect(schema).toMatchObject({
    additionalProperties: false,
    properties: { check: { additionalProperties: false, description: expect.any(String) } },
  });
});
