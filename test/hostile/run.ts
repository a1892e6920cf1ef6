/** `npm run test:hostile [-- --runs N --only WORDS]`: what every door does with inputs that mean harm. */
import { parseArgs } from 'node:util';
import { assault } from './door.ts';
import { doors } from './doors/index.ts';

const { values: flags } = parseArgs({
  options: { runs: { type: 'string', default: '3000' }, only: { type: 'string', default: '' } },
});
const say = (line: string) => void process.stdout.write(`${line}\n`);

let failed = 0;
let inputs = 0;
say(`${'DOOR'.padEnd(40)}${'INPUTS'.padStart(8)}${'REFUSED'.padStart(9)}${'HARMLESS'.padStart(10)}`);
for (const door of doors.filter(({ name }) => name.includes(flags.only))) {
  try {
    const { refused, harmless } = await assault(door, Number(flags.runs));
    inputs += refused + harmless;
    say(
      `${door.name.padEnd(40)}${String(refused + harmless).padStart(8)}${String(refused).padStart(9)}${String(harmless).padStart(10)}`,
    );
  } catch (error) {
    failed++;
    say(`${door.name.padEnd(40)}  NOT OK\n${error instanceof Error ? error.message : String(error)}`);
  }
}
say(`${inputs} inputs, all refused or harmless; ${failed} doors not ok`);
process.exitCode = failed === 0 ? 0 : 1;
