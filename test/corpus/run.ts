/** `npm run test:corpus -- FILE`: a corpus of the original's behaviour against ours; the fixture where none is named. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { reportLines, runCorpus } from './report.ts';

const fixture = fileURLToPath(new URL('../fixtures/octohost-options.json', import.meta.url));
const verdicts = await runCorpus(await readFile(process.argv[2] ?? fixture, 'utf8'));
process.stdout.write(`${reportLines(verdicts).join('\n')}\n`);
process.exitCode = verdicts.some(({ verdict }) => verdict === 'different') ? 1 : 0;
