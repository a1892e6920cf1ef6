/** Finding and running the system's programs, by absolute path and argument array. */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { errors } from './program-errors.ts';

/** Where administrators' programs are; often not in the path of an ordinary login. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** The path in which the programs of a private instance look for their own: the caller's, then the system's. */
export function programPath(path = process.env['PATH'] ?? ''): string {
  const folders = [...path.split(':').filter(isAbsolute), ...systemFolders];
  return [...new Set(folders)].join(':');
}

/**
 * The absolute path of a program.
 * @throws E_PROGRAM_MISSING
 */
export async function findProgram(name: string): Promise<string> {
  for (const folder of programPath().split(':')) {
    const file = join(folder, name);
    const executable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return file;
  }
  throw errors.E_PROGRAM_MISSING({ program: name });
}

/**
 * Runs a program to its end; gives what it wrote to standard output.
 * @throws E_PROGRAM_MISSING, E_PROGRAM_FAILED with what it said
 */
export async function runProgram(name: string, args: readonly string[]): Promise<string> {
  const file = await findProgram(name);
  return await new Promise((resolve, reject) => {
    execFile(file, [...args], { maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const lines = (stderr || stdout || error.message).trim().split('\n').slice(-15);
      reject(errors.E_PROGRAM_FAILED({ program: name, args, lines }));
    });
  });
}
