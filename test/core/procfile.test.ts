import { expect, it } from 'vitest';
import { commandIn } from '../../core/procfile.ts';

it.each([
  { what: 'a line', text: 'release: ./migrate --all\n', command: './migrate --all' },
  {
    what: 'a line among others',
    text: 'web: node .\nrelease:npm run up\nworker: x\n',
    command: 'npm run up',
  },
  { what: 'Windows line ends', text: 'web: x\r\nrelease: a b  \r\n', command: 'a b' },
  { what: 'colons in a command', text: 'release: env A=b:c sh -c "d: e"', command: 'env A=b:c sh -c "d: e"' },
  { what: 'the last one of two', text: 'release: a\nrelease: b', command: 'b' },
  { what: 'none', text: 'web: x\n', command: undefined },
  { what: 'one without a command', text: 'release:\nweb: x\n', command: undefined },
  { what: 'a comment', text: '# release: a\n', command: undefined },
  { what: 'another name', text: 'prerelease: a\nrelease-notes: b\n release: c\n', command: undefined },
  { what: 'an empty file', text: '', command: undefined },
])('finds the command of $what', ({ text, command }) => {
  expect(commandIn(text, 'release')).toBe(command);
});
