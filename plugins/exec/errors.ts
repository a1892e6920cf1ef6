/** What can go wrong with an executable of a hook. */
import { defineErrors, exitCodes } from 'octohost';

export const errors = defineErrors({
  E_EXEC_OPTIONS: (f: { problems: string }) => ({
    message: `The options of the plugin exec are wrong: ${f.problems}`,
    hint: 'Correct them in the configuration file: execHooks({ folder: "/etc/octohost/hooks" }).',
    exit: exitCodes.usage,
  }),
  E_EXEC_FOLDER: (f: { folder: string; words: string }) => ({
    message: `The hooks folder ${f.folder} cannot be read: ${f.words}`,
    hint: `Make it, or correct its permissions: ls -ld ${f.folder}`,
  }),
  E_EXEC_FILE: (f: { file: string }) => ({
    message: `${f.file} is not executable.`,
    hint: `Type: chmod +x ${f.file}, or take it out of the folder.`,
  }),
  E_EXEC_START: (f: { file: string; words: string }) => ({
    message: `${f.file} cannot be started: ${f.words}`,
    hint: 'Check its first line: it names the interpreter, as in #!/bin/sh.',
  }),
  E_EXEC_REFUSED: (f: { file: string; end: string; lines: readonly string[] }) => ({
    message: `${f.file} ended with ${f.end}.`,
    hint: 'What it wrote says why; exit code 0 lets the deploy go on.',
    details: f.lines,
  }),
  E_EXEC_RESULT: (f: { file: string; problem: string }) => ({
    message: `What ${f.file} wrote to standard output is no value of its hook: ${f.problem}`,
    hint: 'Write the changed value as one JSON object, or nothing to leave it; notes go to standard error.',
  }),
});
