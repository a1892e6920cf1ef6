/** The file that says what the set-up made. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { messageOf } from '../../core/index.ts';
import { errors } from './errors.ts';
import type { Made } from './step.ts';

const text = z.string();
const path = z.string().check(z.regex(/^\/./, 'is no absolute path'));

const record = z.strictObject({
  made: z.array(
    z.discriminatedUnion('what', [
      z.strictObject({ what: z.literal('packages'), names: z.array(text) }),
      z.strictObject({ what: z.literal('user'), name: text }),
      z.strictObject({ what: z.literal('member'), name: text, group: text }),
      z.strictObject({ what: z.literal('right'), program: path }),
      z.strictObject({ what: z.literal('unit'), name: text }),
      z.strictObject({ what: z.enum(['link', 'folder', 'runtime']), path }),
      z.strictObject({ what: z.literal('file'), path, text }),
    ]),
  ),
});

/** @throws E_SETUP_RECORD where it cannot be read */
export async function readMade(file: string): Promise<readonly Made[]> {
  try {
    return record.parse(JSON.parse(await readFile(file, 'utf8'))).made;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw errors.E_SETUP_RECORD({ file, problem: messageOf(cause) }, { cause });
  }
}

/** As a whole or not at all. */
export async function writeMade(made: readonly Made[], file: string): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify({ made }, undefined, 2)}\n`, { mode: 0o644, flush: true });
  await rename(`${file}.new`, file);
}
