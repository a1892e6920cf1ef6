/** What was asked of a new instance and what came back, for the error that refuses it. Pure. */
import type { Answer } from './judge.ts';

/** More different answers than these say nothing new: a counter, a time. */
const mostEntries = 20;

interface Entry {
  readonly text: string;
  readonly firstMs: number;
  count: number;
}

export interface Transcript {
  note(atMs: number, answer: Answer): void;
  /** The question, then the answers in the order of their first time, equal ones once with their count. */
  lines(): string[];
  /** The text of the last answer; empty before the first. */
  last(): string;
}

/** @param question in words: `GET http://127.0.0.1:4000/ (port 8080 of the container)` */
export function createTranscript(question: string): Transcript {
  const entries: Entry[] = [];
  let others = 0;
  let last: Answer | undefined;
  return {
    note(atMs, answer) {
      last = answer;
      const same = entries.find(({ text }) => text === answer.text);
      if (same) same.count++;
      else if (entries.length < mostEntries) entries.push({ text: answer.text, firstMs: atMs, count: 1 });
      else others++;
    },
    last: () => last?.text ?? '',
    lines: () => [
      `asked: ${question}`,
      ...entries.map(entryLine),
      ...(others > 0 ? [`and ${others} other answers, the last one: ${last?.text}`] : []),
      ...(last?.lines ?? []).map((line) => `check: ${line}`),
    ],
  };
}

function entryLine({ text, firstMs, count }: Entry): string {
  return `after ${(firstMs / 1000).toFixed(1)} s: ${text}${count > 1 ? ` (${count} times)` : ''}`;
}
