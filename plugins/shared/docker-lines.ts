/** Cuts a stream of bytes into lines. Pure apart from what it holds back. */
import { StringDecoder } from 'node:string_decoder';

export interface LineCutter {
  /** The lines that are complete now. */
  push(chunk: Uint8Array | string): string[];
  /** What is left without a line end. */
  end(): string[];
}

/** A progress bar that never ends its line must not fill the memory. */
const maxLine = 65_536;

/** Lines end with `\n` or `\r\n`; of a line that `\r` overwrote, the last version is kept. */
export function createLineCutter(): LineCutter {
  const decoder = new StringDecoder('utf8');
  let held = '';
  const cut = (text: string): string[] => {
    const parts = (held + text).split('\n');
    held = forgetOverwritten(parts.pop() ?? '');
    const lines = parts.map(lastVersion);
    if (held.length <= maxLine) return lines;
    lines.push(held);
    held = '';
    return lines;
  };
  return {
    push: (chunk) => cut(typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk))),
    end() {
      const lines = cut(decoder.end());
      const rest = lastVersion(held);
      held = '';
      return rest === '' ? lines : [...lines, rest];
    },
  };
}

function lastVersion(line: string): string {
  const text = line.replace(/\r+$/, '');
  return text.slice(text.lastIndexOf('\r') + 1);
}

/** An unfinished line without the versions that are overwritten already; its last one may still be completed. */
function forgetOverwritten(text: string): string {
  const end = text.replace(/\r+$/, '').length;
  const last = text.lastIndexOf('\r', end - 1);
  return last < 0 ? text : text.slice(last + 1);
}
