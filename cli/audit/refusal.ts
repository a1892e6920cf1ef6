/** What was refused before any command, or any push, had begun. */
import { failureFacts } from '../render/failure.ts';
import { cleanLine } from '../render/text.ts';
import type { Who } from './entry.ts';
import { openTrail } from './trail.ts';

const warn = (line: string) => void process.stderr.write(`${line}\n`);

/** @param asked the first word of what was asked for; others may be secret */
export async function recordRefusal(dataDir: string, who: Who, asked: string, error: unknown): Promise<void> {
  const trail = openTrail(who, cleanLine(asked).slice(0, 80), { place: async () => dataDir, warn });
  await trail.end(failureFacts(error).code);
}

/** Who comes in over ssh. */
export function whoComes({ actor, fingerprint }: Omit<Who, 'door'>): Who {
  return { actor, ...(fingerprint ? { fingerprint } : {}), door: 'ssh' };
}
