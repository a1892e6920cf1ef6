/** What `octo doctor` looks at of the file. */
import { stat } from 'node:fs/promises';
import type { PluginCheck } from '../../core/index.ts';

/** @param file absolute path */
export function fileCheck(file: string): PluginCheck {
  return {
    name: 'file',
    summary: 'The file of the store is whole, and for its owner alone.',
    why: 'All settings and releases are in it.',
    async run() {
      const found = await stat(file).catch(() => undefined);
      if (!found) return { state: 'ok', message: `${file} is not there yet; the first deploy makes it.` };
      if ((found.mode & 0o077) !== 0)
        return { state: 'failed', message: `${file} can be read by others.`, hint: `chmod 600 ${file}` };
      const problem = await problemOf(file);
      if (problem === undefined) return { state: 'ok', message: `${file} is whole (${found.size} bytes).` };
      const hint = 'Bring the sites back from a backup: octo restore';
      return { state: 'failed', message: `${file} is damaged: ${problem}`, hint };
    },
  };
}

/** Undefined where there is none. @throws where it cannot be opened */
async function problemOf(file: string): Promise<string | undefined> {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    const [first] = database.prepare('PRAGMA quick_check(1)').all();
    const said = String(first?.['quick_check']);
    return said === 'ok' ? undefined : said;
  } finally {
    database.close();
  }
}
