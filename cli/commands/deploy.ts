import { createReadStream } from 'node:fs';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { SiteName, Source } from '../../core/index.ts';
import { siteArgument, waitFlag } from '../arguments.ts';
import { ChangeCommand } from '../change-command.ts';
import { errors as doorErrors } from '../door/errors.ts';
import { errors } from '../errors.ts';
import { prose } from '../prose.ts';
import type { OutcomeFacts } from '../render/outcome.ts';
import type { Warning } from '../render/quiet.ts';
import { parseImageReference } from '../sources/image-reference.ts';

/** A source, and what to do when it is needed no more. */
interface OpenSource {
  readonly source: Source;
  readonly close: () => Promise<void>;
}

const nothingToClose = async () => {};

export default class Deploy extends ChangeCommand {
  static override remote = true;
  static override summary = 'Deploy a folder, a tar or a ready image.';
  static override description = prose(`
    The new release is built, started and checked before anything visible changes; if one of
    these fails, the old release serves on and the exit code says so.

    With --json: { site, release, urls, steps: [{ step, milliseconds }], retiring, warnings: [{ site, text }] }.
  `);
  static override examples = [
    '<%= config.bin %> deploy app .',
    {
      description: 'What is committed, and nothing else.',
      command: 'git archive HEAD | <%= config.bin %> deploy app --tar -',
    },
    '<%= config.bin %> deploy app --image registry.example.com/app:1.4',
  ];
  static override args = {
    site: siteArgument,
    folder: Args.string({ ignoreStdin: true, description: 'The folder that holds the Dockerfile.' }),
  };
  static override flags = {
    tar: Flags.string({ description: 'A tar, plain or gzipped; - reads stdin.', helpValue: 'FILE' }),
    image: Flags.string({ description: 'An image that exists already.', helpValue: 'REFERENCE' }),
    wait: waitFlag,
  };

  async run(): Promise<OutcomeFacts & { warnings: readonly Warning[] }> {
    const { args, flags } = await this.parse(Deploy);
    const { site } = args;
    const open = chooseSource(
      site,
      { folder: args.folder, tar: flags.tar, image: flags.image },
      this.context,
    );
    await this.engine();
    const { source, close } = await open();
    try {
      const facts = await this.deploySource(site, source, flags.wait);
      return { ...facts, warnings: this.warnings };
    } finally {
      await close();
    }
  }
}

interface Named {
  readonly folder: string | undefined;
  readonly tar: string | undefined;
  readonly image: string | undefined;
}

/** Exactly one of the three; what it names is opened later, when the configuration has proven good. */
function chooseSource(
  site: SiteName,
  { folder, tar, image }: Named,
  context: Deploy['context'],
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
  const { folderTree } = await import('../sources/folder-tree.ts');
  return { source: { kind: 'tree', tree: await folderTree(folder) }, close: nothingToClose };
}

async function openTar(file: string, { stdin, stdinIsTerminal }: Deploy['context']): Promise<OpenSource> {
  if (file === '-' && stdinIsTerminal)
    throw errors.E_SOURCE_TAR({ problem: 'stdin is the keyboard, and nothing was piped in' });
  const { tarTree } = await import('../sources/tar-tree.ts');
  const tree = await tarTree(file === '-' ? stdin : createReadStream(file));
  return { source: { kind: 'tree', tree }, close: () => tree.close() };
}
