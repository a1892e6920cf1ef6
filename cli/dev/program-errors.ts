/** What can go wrong with the programs that a private instance starts: engine, sshd, images. */
import { defineErrors, exitCodes } from '../../core/index.ts';

const { unavailable, usage } = exitCodes;

export const errors = defineErrors({
  E_PROGRAM_MISSING: (f: { program: string }) => ({
    message: `The program ${f.program} is not installed here.`,
    hint: 'Install what octohost needs: npm run setup',
    exit: unavailable,
  }),
  E_PROGRAM_FAILED: (f: { program: string; args: readonly string[]; lines: readonly string[] }) => ({
    message: `${[f.program, ...f.args].join(' ')} failed.`,
    hint: 'Correct what it says above, then run the command again.',
    details: f.lines,
  }),
  E_PROCESS_STAYS: (f: { pid: number }) => ({
    message: `The process ${f.pid} is still there after SIGKILL.`,
    hint: `See what it waits for: cat /proc/${f.pid}/stack`,
  }),
  E_ENGINE_FOLDER: (f: { dir: string; problem: string }) => ({
    message: `A Docker engine cannot live in ${JSON.stringify(f.dir)}: ${f.problem}.`,
    hint: 'Choose a shorter, plain path, for instance below /var/lib or /tmp.',
    exit: usage,
  }),
  E_ENGINE_START: (f: { program: string; problem: string; log: string; lines: readonly string[] }) => ({
    message: `${f.program} ${f.problem}.`,
    hint: `Its whole log: ${f.log}`,
    details: f.lines,
  }),
  E_ENGINE_SUBNET: (f: { range: string }) => ({
    message: `No subnet of ${f.range} is free for the engine's bridge.`,
    hint: 'See what uses them: ip -4 addr; ip -4 route',
  }),
  E_SSHD_START: (f: { problem: string; log: string; lines: readonly string[] }) => ({
    message: `The private sshd ${f.problem}.`,
    hint: `Its whole log: ${f.log}`,
    details: f.lines,
  }),
  E_CONSUL_START: (f: { problem: string; log: string; lines: readonly string[] }) => ({
    message: `The private Consul ${f.problem}.`,
    hint: `Its whole log: ${f.log}`,
    details: f.lines,
  }),
  E_SSHD_VALUE: (f: { option: string; value: string; problem: string }) => ({
    message: `${JSON.stringify(f.value)} cannot be sshd's ${f.option}: ${f.problem}.`,
    hint: 'Choose a plain value: a path without quotes and control characters, an existing user, a port below 65536.',
    exit: usage,
  }),
  E_BUSYBOX: (f: { problem: string }) => ({
    message: `The busybox image could not be made: ${f.problem}.`,
    hint: 'It needs a static busybox (Debian: busybox-static): npm run setup',
    exit: unavailable,
  }),
});
