/** What somebody may have meant who typed no command. Pure. */
import { editDistance } from '../core/index.ts';
import { leadingWords } from './command-path.ts';

/** The commands that somebody may have meant: those nearest to what was typed, at most two. */
export function nearestCommands(argv: readonly string[], ids: readonly string[]): string[] {
  const first = argv[0] ?? '';
  const typed = leadingWords(argv);
  const near = ids
    .map((id) => {
      const words = first.includes(':') ? first : typed.slice(0, id.split(':').length).join(':');
      return { id, distance: editDistance(words, id), limit: Math.max(2, Math.floor(id.length / 3)) };
    })
    .filter(({ distance, limit, id }) => distance <= limit && distance < id.length - 1)
    .toSorted((a, b) => a.distance - b.distance || b.id.length - a.id.length);
  return near
    .filter(({ distance }) => distance === near[0]?.distance)
    .slice(0, 2)
    .map(({ id }) => id);
}

/** The codes that somebody may have meant: those nearest to what was typed, at most two. */
export function nearestCodes(typed: string, codes: readonly string[]): string[] {
  return codes
    .map((code) => ({ code, distance: editDistance(typed, code) }))
    .filter(({ distance, code }) => distance <= Math.floor(code.length / 3))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, 2)
    .map(({ code }) => code);
}
