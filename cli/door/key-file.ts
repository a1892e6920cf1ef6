/** The text of an authorized_keys file: one block of lines is octohost's, all else is somebody's own. Pure. */
import type { AccessKey } from '../../core/index.ts';
import { authorizedKeysLine } from './authorized-keys.ts';
import { errors } from './errors.ts';

/** What octohost's block is made of. */
export interface KeyBlock {
  /** The installation's id: several installations may share a file. */
  readonly installation: string;
  /** The `octo` command that each key runs; absolute. */
  readonly octo: string;
  /** The configuration that it runs with; absolute. */
  readonly configFile: string;
  readonly keys: readonly AccessKey[];
}

const marker = /^# octohost ([0-9a-f]+) keys (begin|end)\b/;

/**
 * The file with exactly these keys in the installation's block, and every other byte as it was. A new block comes first:
 * sshd takes the first line that matches a key. Without keys there is no block.
 * @param file its name, for the error
 * @throws E_KEY_MARKERS where a begin has no end, or an end no begin
 */
export function renderKeyFile(before: Buffer, block: KeyBlock, file: string): Buffer {
  // Latin-1 keeps every byte, whatever encoding the other lines have.
  const lines = before.toString('latin1').split('\n');
  const ours = blocksIn(lines, block.installation, file);
  const isOurs = (index: number) => ours.some(({ first, last }) => index >= first && index <= last);
  const at = ours[0]?.first ?? 0;
  const written = Buffer.from(blockLines(block).join('\n')).toString('latin1');
  const above = lines.slice(0, at);
  const below = lines.slice(at).filter((_line, index) => !isOurs(at + index));
  const middle = written === '' ? [] : [written, ...(below.length === 0 ? [''] : [])];
  return Buffer.from([...above, ...middle, ...below].join('\n'), 'latin1');
}

function blockLines({ installation, octo, configFile, keys }: KeyBlock): string[] {
  if (keys.length === 0) return [];
  return [
    `# octohost ${installation} keys begin: octo keys:add and keys:remove write these lines`,
    ...keys.map(({ name, type, base64, authority }) =>
      authorizedKeysLine({
        command: [octo, 'door:serve', '--config', configFile, '--key', name],
        key: `${type} ${base64} ${name}`,
        ...(authority ? { principal: name } : {}),
      }),
    ),
    `# octohost ${installation} keys end`,
  ];
}

interface Lines {
  readonly first: number;
  readonly last: number;
}

function blocksIn(lines: readonly string[], installation: string, file: string): Lines[] {
  const blocks: Lines[] = [];
  let first: number | undefined;
  const refuse = (index: number, problem: string): never => {
    throw errors.E_KEY_MARKERS({ file, line: index + 1, problem });
  };
  for (const [index, line] of lines.entries()) {
    const [, id, kind] = marker.exec(line) ?? [];
    if (id !== installation) continue;
    if (kind === 'begin') {
      if (first !== undefined) refuse(index, 'begins keys again');
      first = index;
    } else {
      blocks.push({ first: first ?? refuse(index, 'ends keys that did not begin'), last: index });
      first = undefined;
    }
  }
  if (first !== undefined) refuse(first, 'begins keys that do not end');
  return blocks;
}

/** A key of octohost's that a line of somebody's own has, too, and before it. */
export interface ShadowedKey {
  readonly name: AccessKey['name'];
  /** Counted from 1. */
  readonly line: number;
}

/** Keys that sshd finds in another line first: what that line says of a command counts. */
export function shadowedKeys(text: Buffer, { installation, keys }: KeyBlock): ShadowedKey[] {
  const lines = text.toString('latin1').split('\n');
  const begin = lines.findIndex((line) => {
    const [, id, kind] = marker.exec(line) ?? [];
    return id === installation && kind === 'begin';
  });
  return lines
    .slice(0, Math.max(begin, 0))
    .flatMap((line, index) =>
      line.trimStart().startsWith('#')
        ? []
        : keys
            .filter(({ base64 }) => line.split(/[ \t]+/).includes(base64))
            .map(({ name }) => ({ name, line: index + 1 })),
    );
}

/** The same keys for ssh-keygen(1), ALLOWED SIGNERS: who may sign what git pushes. */
export function renderSigners(keys: readonly AccessKey[]): Buffer {
  return Buffer.from(
    keys
      .map(
        ({ name, type, base64, authority }) =>
          `${name} ${authority ? 'cert-authority,' : ''}namespaces="git" ${type} ${base64}\n`,
      )
      .join(''),
  );
}
