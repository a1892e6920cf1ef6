/** What `run` and `exec` share: whoever types is connected with a command in a container. */
import { Writable } from 'node:stream';
import { exitCodes, type Operation, type SiteName, type Streams } from '../core/index.ts';
import { text } from './arguments.ts';
import { BaseCommand } from './base-command.ts';

/** What `--json` prints of it. */
export interface AttendedFacts {
  readonly site: SiteName;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const commandArgument = text({
  required: true,
  multiple: true,
  description: 'The program and its words, behind --.',
});

type Work = (streams: Streams, operation: Operation) => Promise<number>;

export abstract class AttendedCommand extends BaseCommand {
  /** Connects the process with a command; its exit code becomes this one's. Whoever reads no more ends it. */
  protected async attend(site: SiteName, work: Work): Promise<AttendedFacts> {
    const { stdin, stdout, stdoutBytes, stderrBytes } = this.context;
    const operation = this.operation([site]);
    const signal = AbortSignal.any([operation.signal, stdout.closed]);
    const said = { stdout: new Kept(), stderr: new Kept() };
    const terminal = this.jsonEnabled() ? undefined : this.context.terminal;
    const streams: Streams = this.jsonEnabled()
      ? { stdin, ...said }
      : {
          stdin,
          stdout: passing(stdoutBytes),
          stderr: passing(stderrBytes),
          ...(terminal ? { terminal } : {}),
        };
    terminal?.setRaw(true);
    try {
      const exitCode = await work(streams, { ...operation, signal });
      this.context.setExitCode(exitCode);
      return { site, exitCode, stdout: said.stdout.text, stderr: said.stderr.text };
    } catch (error) {
      if (operation.signal.aborted || !stdout.closed.aborted) throw error;
      this.context.setExitCode(exitCodes.interrupted);
      return { site, exitCode: exitCodes.interrupted, stdout: '', stderr: '' };
    } finally {
      terminal?.setRaw(false);
      stdin.pause();
    }
  }
}

/** A reader that went away is told by the output itself; it breaks nothing here. */
function passing(to: Writable): Writable {
  to.on('error', () => {});
  return new Writable({ write: (chunk: Uint8Array, _encoding, done) => void to.write(chunk, () => done()) });
}

class Kept extends Writable {
  readonly #chunks: Uint8Array[] = [];

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}
