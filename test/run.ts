/** Runs what it is given (`--project unit`) and ends with the closing line: `npm test`, `npm run test:git`. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const words = [
  vitest,
  'run',
  '--reporter=default',
  ...process.argv.slice(2),
  '--reporter=./test/closing-line.ts',
];

const child = spawn(process.execPath, words, { cwd: root, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
