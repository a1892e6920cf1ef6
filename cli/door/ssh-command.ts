/** What an ssh client asks for, as data. Anything but git's own two commands is refused. Pure. */
import { isSiteName, type SiteName } from '../../core/index.ts';
import { errors } from './errors.ts';

export interface GitCommand {
  readonly service: 'receive-pack' | 'upload-pack';
  readonly repository: SiteName;
}

// git quotes the path for a POSIX shell: single quotes around it, and '\'' or '\!' for what they cannot hold. None
// of a site's characters needs that, so a path with a quote inside is not a site's.
const shape = /^git[ -](receive-pack|upload-pack) (?:'([^'\\]*)'|([^\s'"\\]*))$/;

/** Reads SSH_ORIGINAL_COMMAND: `git-receive-pack '/app.git'`. */
export function parseSshCommand(text: string | undefined): GitCommand {
  const match = shape.exec(text ?? '');
  if (!match) throw errors.E_DOOR_COMMAND({ asked: text ?? '' });
  const path = match[2] ?? match[3] ?? '';
  const name = path.replace(/^\//, '').replace(/\.git$/, '');
  if (!isSiteName(name)) throw errors.E_DOOR_REPOSITORY({ path });
  return { service: match[1] as GitCommand['service'], repository: name };
}
