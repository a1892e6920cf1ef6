import { describe, expect, it } from 'vitest';
import { basesOf } from '../../../plugins/dockerfile-builder/bases.ts';

describe('what a Dockerfile takes something from', () => {
  it.each([
    { lines: ['FROM node:24', 'COPY . /app'], bases: ['node:24'] },
    { lines: ['FROM scratch', 'ADD site.tar /'], bases: [] },
    {
      lines: ['FROM --platform=linux/amd64 a/b@sha256:0123abcd AS x', 'FROM x'],
      bases: ['a/b@sha256:0123abcd'],
    },
    { lines: ['FROM a AS Build', 'FROM a', 'COPY --from=build /x /', 'COPY --from=0 /y /'], bases: ['a'] },
    {
      lines: ['FROM a', 'COPY --chown=1 --from=localhost:5000/b:1 /x /'],
      bases: ['a', 'localhost:5000/b:1'],
    },
    {
      lines: ['FROM a', 'RUN --mount=type=cache,target=/c --mount=type=bind,from=b,target=/b ls'],
      bases: ['a', 'b'],
    },
    { lines: ['# syntax=docker/dockerfile:1', 'FROM a'], bases: ['docker/dockerfile:1', 'a'] },
    { lines: ['from a', 'run echo from=b'], bases: ['a'] },
  ])('$lines: $bases', ({ lines, bases }) => {
    expect(basesOf(lines.join('\n'))).toEqual(bases);
  });

  it.each([
    { lines: ['ARG BASE=a', 'FROM $BASE'] },
    { lines: ['FROM a', 'COPY --from=$OTHER /x /'] },
    { lines: ['FROM a', 'ONBUILD COPY --from=b /x /'] },
    { lines: ['FROM ../containers/json?x='] },
    { lines: ['FROM a/../../info'] },
  ])('$lines: it does not tell', ({ lines }) => {
    expect(basesOf(lines.join('\n'))).toBeUndefined();
  });
});
