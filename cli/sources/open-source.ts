/** What is to be deployed, as the words of a command name it. */
import { createReadStream } from 'node:fs';
import type { SiteName, Source } from '../../core/index.ts';
import type { CommandContext } from '../context.ts';
import { errors as doorErrors } from '../door/errors.ts';
import { errors } from '../errors.ts';
import { parseImageReference } from './image-reference.ts';

/** A source, and what to do when it is needed no more. */
interface OpenSource {
  readonly source: Source;
  readonly close: () => Promise<void>;
}

const nothingToClose = async () => {};

/** The words of a command that name a source. */
export interface NamedSource {
  readonly folder: string | undefined;
  readonly tar: string | undefined;
  readonly image: string | undefined;
}

/** Exactly one of the three; what it names is opened later, when the configuration has proven good. */
export function chooseSource(
  site: SiteName,
  { folder, tar, image }: NamedSource,
  context: CommandContext,
): () => Promise<OpenSource> {
  const given = [folder, tar, image].filter((one) => one !== undefined).length;
  if (given !== 1) throw errors.E_SOURCE_CHOICE({ site, given });
  if (context.remote && image === undefined && tar !== '-')
    throw doorErrors.E_DOOR_HOST({ what: folder === undefined ? 'a file' : 'a folder' });
  if (image !== undefined) {
    const reference = parseImageReference(image);
    return async () => ({ source: { kind: 'image', reference }, close: nothingToClose });
  }
  return tar === undefined ? () => openFolder(folder as string) : () => openTar(tar, context);
}

async function openFolder(folder: string): Promise<OpenSource> {
  const { folderTree } = await import('./folder-tree.ts');
  return { source: { kind: 'tree', tree: await folderTree(folder) }, close: nothingToClose };
}

/** Over ssh it is held to the size of a push, unpacked: a small one can become large. */
async function openTar(file: string, context: CommandContext): Promise<OpenSource> {
  const { stdin, stdinIsTerminal, remote } = context;
  if (file === '-' && stdinIsTerminal)
    throw errors.E_SOURCE_TAR({ problem: 'stdin is the keyboard, and nothing was piped in' });
  const { tarTree } = await import('./tar-tree.ts');
  const megabytes = remote ? (await context.loadConfig(undefined)).git.maxPushMegabytes : undefined;
  const tree = await tarTree(file === '-' ? stdin : createReadStream(file), megabytes);
  return { source: { kind: 'tree', tree }, close: () => tree.close() };
}
