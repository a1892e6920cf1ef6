/** What an ssh client asks for, as data: one of git's services, or the words of an `octo` command. Pure. */
import { isSiteName, type SiteName } from '../../core/index.ts';
import { errors } from './errors.ts';
import { shellWords } from './words.ts';

export interface GitCommand {
  readonly service: 'receive-pack' | 'upload-pack';
  readonly repository: SiteName;
}

export interface OctoCommand {
  readonly service: 'octo';
  readonly words: readonly string[];
}

// git quotes the path for a POSIX shell: single quotes around it, and '\'' or '\!' for what they cannot hold. None
// of a site's characters needs that, so a path with a quote inside is not a site's.
const gitShape = /^git[ -](receive-pack|upload-pack) (?:'([^'\\]*)'|([^\s'"\\]*))$/;

/** Reads SSH_ORIGINAL_COMMAND: `git-receive-pack '/app.git'`, `config:set app/KEY "a b"`, `octo status`. */
export function parseSshCommand(text: string | undefined): GitCommand | OctoCommand {
  const asked = (text ?? '').trim();
  if (asked === '') throw errors.E_DOOR_SHELL(undefined);
  const git = gitShape.exec(asked);
  if (git) return gitCommand(git[1] as GitCommand['service'], git[2] ?? git[3] ?? '');
  if (/^git[\s-]/.test(asked)) throw errors.E_DOOR_COMMAND({ asked });
  const words = shellWords(asked);
  const own = words[0] === 'octo' ? words.slice(1) : words;
  return { service: 'octo', words: own.length > 0 ? own : ['help'] };
}

function gitCommand(service: GitCommand['service'], path: string): GitCommand {
  const name = path.replace(/^\//, '').replace(/\.git$/, '');
  if (!isSiteName(name)) throw errors.E_DOOR_REPOSITORY({ path });
  return { service, repository: name };
}
