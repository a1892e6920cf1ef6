/** Settings in any of the forms that config:import takes. Pure. */
import { readDotenv } from './dotenv.ts';
import { checkEntries, type ReadSettings } from './entries.ts';
import { readJson } from './json.ts';
import { isExport, readExport } from './shell.ts';

/** `octo config:set` lines, a JSON object, or KEY=value lines. */
export function readSettings(text: string): ReadSettings {
  const whole = text.replace(/^\uFEFF/, '');
  const form = isExport(whole) ? readExport : whole.trimStart().startsWith('{') ? readJson : readDotenv;
  const read = checkEntries(form(whole));
  if (read.mistakes.length > 0 || Object.keys(read.settings).length > 0) return read;
  return { ...read, mistakes: [{ line: 1, problem: 'There is no setting in it.' }] };
}
