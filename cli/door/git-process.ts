/** git's own server side, told what octohost allows. Which words it is started with is pure. */
import type { GitCommand } from './ssh-command.ts';

/** Refs that clients neither see nor write. */
const hidden = 'refs/octohost';

/**
 * What git would check only after the hook has said yes, when the new version already serves, is switched off: the
 * hook decides. Automatic gc is off because it would hold the connection open.
 */
const receiveSettings = {
  'receive.denyNonFastForwards': 'false',
  'receive.denyDeletes': 'false',
  'receive.denyDeleteCurrent': 'ignore',
  'receive.denyCurrentBranch': 'ignore',
  'receive.advertisePushOptions': 'true',
  'receive.fsckObjects': 'true',
  'receive.autogc': 'false',
  'receive.unpackLimit': '1000',
  'receive.hideRefs': hidden,
} as const;

const uploadSettings = { 'uploadpack.hideRefs': hidden } as const;

/** The words after `git`. */
export function gitWords(service: GitCommand['service'], repository: string, hooksDir: string): string[] {
  const settings =
    service === 'receive-pack' ? { ...receiveSettings, 'core.hooksPath': hooksDir } : uploadSettings;
  const pinned = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return [...pinned, service, ...(service === 'upload-pack' ? ['--strict'] : []), repository];
}
