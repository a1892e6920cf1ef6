/** Run options that a Dockerfile asks for in its comments: `# LINK_SERVICE redis`. Pure. */
import type { DeclaredOptions } from '../../core/index.ts';
import { type Mistake, readLink, readMount, readPorts, type Words } from './magic-words.ts';

/** What a Dockerfile asks for, and what of it cannot be understood. */
export interface MagicComments {
  readonly options: Omit<DeclaredOptions, 'file'>;
  readonly mistakes: readonly Mistake[];
}

/** One blank after `#`, whole words, any case; `#ADD_NAME` and ` # ADD_NAME` are plain comments. */
const comment =
  /^# (NO_HTTP_PROXY|ADD_NAME|VOLUMES_FROM|LINK_SERVICE|MOUNT_FROM_HOST|PORTS_FROM_HOST)(?:[ \t]+(.*))?$/i;

/**
 * Every line counts that the builder takes as a comment: also between stages and inside of a continued instruction.
 * @param isContent whether a line, counted from 1, is the content of a here-document: that is no comment
 */
export function magicComments(dockerfile: string, isContent: (line: number) => boolean): MagicComments {
  const lines = wordsOf(dockerfile).filter(({ line }) => !isContent(line));
  const of = (name: string) => lines.filter((one) => one.name === name);
  const links = of('LINK_SERVICE').map(readLink);
  const mounts = of('MOUNT_FROM_HOST').map(readMount);
  const ports = of('PORTS_FROM_HOST').map(readPorts);
  const first = (name: string) => of(name)[0]?.line;
  const [noHttpProxy, addName, volumesFrom] = ['NO_HTTP_PROXY', 'ADD_NAME', 'VOLUMES_FROM'].map(first);
  return {
    options: {
      ...(noHttpProxy === undefined ? {} : { noHttpProxy }),
      ...(addName === undefined ? {} : { addName }),
      ...(volumesFrom === undefined ? {} : { volumesFrom }),
      links: links.flatMap(({ read }) => read),
      mounts: mounts.flatMap(({ read }) => read),
      hostPorts: ports.flatMap(({ read }) => read),
    },
    mistakes: [...links, ...mounts, ...ports]
      .flatMap(({ mistakes }) => mistakes)
      .toSorted((a, b) => a.line - b.line),
  };
}

/** False where the parser need not be asked: nothing is said, or nothing can be a here-document. */
export function mayHideComments(dockerfile: string): boolean {
  return dockerfile.includes('<<') && wordsOf(dockerfile).length > 0;
}

function wordsOf(dockerfile: string): Words[] {
  const lines = dockerfile.replace(/^\uFEFF/, '').split('\n');
  return lines.flatMap((text, index) => {
    const [, name, rest = ''] = comment.exec(text.replace(/\r+$/, '')) ?? [];
    if (name === undefined) return [];
    const words = rest.split(/[ \t]+/).filter((word) => word !== '');
    return [{ name: name.toUpperCase(), words, line: index + 1 }];
  });
}
