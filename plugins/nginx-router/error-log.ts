/** What nginx's master says in its error log while a change is under way. */
import { open, stat } from 'node:fs/promises';

/** `2026/01/31 12:00:00 [emerg] 1234#1234: …`; the first number is the pid that wrote the line. */
const linePattern = /^\S+ \S+ \[(?<level>\w+)\] (?<pid>\d+)#\d+: /;
/** nginx tries a port that is taken five times, half a second apart, before it gives up. */
const triedAgain = /(?:bind|listen)\(\) to \S+.* failed \(98:/;
const shownLines = 20;

/** Where the log ends now. */
export async function endOfLog(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

/** Serious lines that this master wrote since the log had that size. A log that was rotated is read from its start. */
export async function seriousLines(file: string, since: number, master: number): Promise<string[]> {
  const text = await readFrom(file, since);
  return seriousLinesIn(text, master).slice(-shownLines);
}

/** Pure. */
export function seriousLinesIn(text: string, master: number): string[] {
  return text.split('\n').filter((line) => {
    const { level, pid } = linePattern.exec(line)?.groups ?? {};
    return (level === 'emerg' || level === 'alert') && pid === String(master);
  });
}

/** True where the master has given the change up, or its new workers cannot live. Pure. */
export function isGivenUp(line: string): boolean {
  if (line.includes('[emerg]')) return !triedAgain.test(line);
  return line.includes('cannot be respawned');
}

async function readFrom(file: string, since: number): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return '';
  try {
    const { size } = await handle.stat();
    const start = size < since ? 0 : since;
    const buffer = Buffer.alloc(size - start);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
