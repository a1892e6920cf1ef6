import { expect, it } from 'vitest';
import { createTranscript } from '../../../core/checks/transcript.ts';

it('tells the question, each answer once with its count, and what was written at last', () => {
  const transcript = createTranscript('GET http://127.0.0.1:4000/up (port 80 of the container)');
  transcript.note(0, { is: 'none', text: 'connection refused' });
  transcript.note(50, { is: 'wrong', text: 'answered 500', lines: ['first'] });
  transcript.note(100, { is: 'none', text: 'connection refused' });
  transcript.note(1_234, { is: 'wrong', text: 'answered 503', lines: ['not yet'] });
  expect(transcript.lines()).toEqual([
    'asked: GET http://127.0.0.1:4000/up (port 80 of the container)',
    'after 0.0 s: connection refused (2 times)',
    'after 0.1 s: answered 500',
    'after 1.2 s: answered 503',
    'check: not yet',
  ]);
  expect(transcript.last()).toBe('answered 503');
});

it('does not grow with answers that all differ', () => {
  const transcript = createTranscript('a question');
  for (let index = 1; index <= 50; index++) transcript.note(index, { is: 'wrong', text: `answer ${index}` });
  expect(transcript.lines()).toHaveLength(22);
  expect(transcript.lines().at(-1)).toBe('and 30 other answers, the last one: answer 50');
});

it('has a question alone where nothing came back', () => {
  const transcript = createTranscript('that it stays up');
  expect(transcript.lines()).toEqual(['asked: that it stays up']);
  expect(transcript.last()).toBe('');
});
