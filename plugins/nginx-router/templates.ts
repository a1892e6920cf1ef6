/** The operator's templates for sites: read from one folder by name, and checked before anything is rendered. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Mustache from 'mustache';
import { messageOf } from '../../core/index.ts';
import { templateName } from './options.ts';
import { type Template, templateNames } from './site-conf.ts';
import { partials } from './site-template.ts';

export type FoundTemplate = Template | { readonly problem: string };

/** The template `<folder>/<name>.mustache`, or why it cannot be used. */
export async function readTemplate(folder: string, name: string): Promise<FoundTemplate> {
  if (!templateName.test(name)) return { problem: 'it is not the name of a template' };
  const file = join(folder, `${name}.mustache`);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return { problem: 'the operator has no template of this name' };
  const problem = templateProblem(text);
  return problem === undefined ? { name, text } : { problem };
}

type Token = readonly [kind: string, value: string, start: number, end: number, inner?: unknown];

/** What is wrong with a template's own marks; nginx judges the rest. Pure. */
export function templateProblem(text: string): string | undefined {
  try {
    return tokenProblem(Mustache.parse(text) as unknown as Token[]);
  } catch (error) {
    return messageOf(error);
  }
}

function tokenProblem(tokens: readonly Token[]): string | undefined {
  for (const [kind, value, , , inner] of tokens) {
    if (kind === '>' && !(value in partials))
      return `there is no part ${value}; there are ${Object.keys(partials).join(', ')}`;
    if (['name', '&', '#', '^'].includes(kind) && !templateNames.has(value))
      return `there is no value ${value}; there are ${[...templateNames].join(', ')}`;
    const problem = Array.isArray(inner) ? tokenProblem(inner as Token[]) : undefined;
    if (problem !== undefined) return problem;
  }
  return undefined;
}
