/** Whether sshd lets keys in, and each as far as octohost's command alone: what was found, as findings. Pure. */
import { matchesGlob } from 'node:path';
import type { AccessKey, CheckResult } from '../../core/index.ts';
import { runsCommands } from '../setup/system-files.ts';
import type { ShadowedKey } from './key-file.ts';
import { type KeyUser, readsKeysFrom, type SshdSettings, type UnreadSettings } from './sshd-settings.ts';

export type SshFinding = Pick<CheckResult, 'state' | 'message' | 'hint' | 'why'>;

/** A file or folder as it is. */
export interface PlaceFacts {
  readonly path: string;
  readonly uid: number;
  readonly mode: number;
}

export interface SshFacts {
  readonly user: KeyUser & { readonly shell: string; readonly groups: readonly string[] };
  readonly keys: readonly Pick<AccessKey, 'name'>[];
  /** The program, absolute; absent where it is not installed. */
  readonly sshd?: string;
  /** Its configuration. */
  readonly config: string;
  readonly systemd: boolean;
  /** What it goes by; or why the user cannot read that. */
  readonly settings: SshdSettings | UnreadSettings;
  /** Who answers where it listens. */
  readonly answers: 'sshd' | 'somebody else' | 'nobody';
  /** Of those that count, as they are; absent where one is not there. */
  readonly hostKeys: readonly { readonly path: string; readonly found?: Omit<PlaceFacts, 'path'> }[];
  /** The file of keys. */
  readonly file: string;
  /** That file and the folders in which it lies, as far as sshd looks. */
  readonly places: readonly PlaceFacts[];
  readonly shadowed: readonly ShadowedKey[];
}

/** Where sshd looks for host keys when its configuration names none. */
export const ownHostKeys = ['rsa', 'ecdsa', 'ed25519'].map((type) => `/etc/ssh/ssh_host_${type}_key`);

const systemConfig = '/etc/ssh/sshd_config';
const others = 0o022;

/** One finding for each thing that is not as it should be, or one that all is. */
export function judgeSsh(facts: SshFacts): SshFinding[] {
  const { keys, settings } = facts;
  // Nobody is kept out where nobody is let in.
  const door = keys.length === 0 ? [] : [...judgeServer(facts), ...judgeUser(facts)];
  const found = [...door, ...judgePlaces(facts), ...judgeLines(facts)];
  if (found.length > 0) return found;
  if (keys.length === 0) return [{ state: 'ok', message: 'No key is let in yet, so nobody needs sshd.' }];
  const message =
    'problem' in settings
      ? `sshd answers; whether it reads ${facts.file} cannot be told: ${settings.problem}.`
      : `sshd answers, and lets the keys of ${facts.file} in.`;
  return [{ state: 'ok', message }];
}

function judgeServer(facts: SshFacts): SshFinding[] {
  const { settings, sshd } = facts;
  if (sshd === undefined) return judgeAnswer(facts);
  const own =
    'problem' in settings ? [] : [...judgeSettings(facts, settings), ...judgeLists(facts, settings)];
  // Without a host key nothing else of it can be mended.
  return [...judgeHostKeys(facts), ...judgeAnswer(facts), ...own];
}

const nobodyPushes = 'Nobody can push, or run octo from elsewhere.';

function judgeAnswer({ answers, settings, sshd, config, systemd }: SshFacts): SshFinding[] {
  if (answers === 'sshd') return [];
  if (sshd === undefined) {
    const hint = 'apt-get install openssh-server';
    return [{ state: 'failed', message: 'sshd is not installed.', why: nobodyPushes, hint }];
  }
  if ('problem' in settings && settings.isHidden)
    return [
      {
        state: 'warning',
        message: `No sshd answers at port 22; whether one does at another port cannot be told: ${settings.problem}.`,
        hint: `As root, ss -ltnp shows where sshd listens, and sshd -T -f ${config} what it goes by`,
      },
    ];
  const at = 'problem' in settings ? ['port 22'] : settings.addresses.map(({ port }) => `port ${port}`);
  const where = [...new Set(at)].join(', ');
  if (answers === 'somebody else') {
    const hint = `ss -ltnp shows what; end it, or give sshd another Port in ${config}`;
    return [{ state: 'failed', message: `What answers at ${where} is no sshd.`, why: nobodyPushes, hint }];
  }
  const started = systemd ? 'systemctl restart ssh' : `mkdir -p /run/sshd && ${sshd}`;
  const hint = config === systemConfig ? started : `${sshd} -f ${config}`;
  return [{ state: 'failed', message: `sshd does not answer at ${where}.`, why: nobodyPushes, hint }];
}

/** sshd takes no key of its own that others can read; of those that nobody named one is enough. */
function judgeHostKeys({ hostKeys, settings }: SshFacts): SshFinding[] {
  if ('problem' in settings && settings.isHidden) return [];
  const bad = hostKeys.filter(({ found }) => found === undefined || (found.mode & 0o077) !== 0);
  const isNamed = !('problem' in settings) && settings.hostKeys.length > 0;
  const isLast = bad.length === hostKeys.length;
  if (!isLast && !isNamed) return [];
  const facts: Pick<SshFinding, 'state' | 'why'> = isLast
    ? { state: 'failed', why: 'sshd does not start again without one.' }
    : { state: 'warning', why: 'Who knows this host by that key takes it for another one.' };
  return bad.map(({ path, found }) => ({
    ...facts,
    message: found
      ? `The host key ${path} can be read by others, so sshd does not take it.`
      : `The host key ${path} is not there.`,
    hint: found
      ? `chmod 600 ${path}`
      : isNamed
        ? `ssh-keygen -q -t ed25519 -N '' -f ${path}`
        : 'ssh-keygen -A',
  }));
}

const reload = (config: string, systemd: boolean) =>
  config === systemConfig && systemd ? 'systemctl reload ssh' : 'have sshd read it again';

const openDoor = 'Whoever comes with such a key is not held to what octohost lets it do.';

function judgeSettings({ user, file, config, systemd }: SshFacts, settings: SshdSettings): SshFinding[] {
  const { keysCommand, forcedCommand, takesKeys } = settings;
  const mend = (line: string) => `Write ${line} into ${config}, then: ${reload(config, systemd)}`;
  const matched = (line: string) => mend(`"Match User ${user.name}" and below it "${line}"`);
  const found: readonly (readonly [is: boolean, SshFinding])[] = [
    [
      !takesKeys,
      {
        state: 'failed',
        message: 'sshd takes no keys at all.',
        why: nobodyPushes,
        hint: mend('"PubkeyAuthentication yes"'),
      },
    ],
    [
      !readsKeysFrom(settings, file, user),
      {
        state: 'failed',
        message: `sshd reads the keys of ${user.name} from ${settings.authorizedKeys || 'no file'}, and octohost writes them into ${file}.`,
        why: nobodyPushes,
        hint: matched(`AuthorizedKeysFile ${file}`),
      },
    ],
    [
      forcedCommand !== undefined,
      {
        state: 'failed',
        message: `sshd runs ${forcedCommand} in the place of octohost's command.`,
        why: 'No push and no command reaches octohost.',
        hint: matched('ForceCommand none'),
      },
    ],
    [
      keysCommand !== undefined,
      {
        state: 'warning',
        message: `sshd asks ${keysCommand} for keys of ${user.name} before it reads octohost's file.`,
        why: openDoor,
        hint: matched('AuthorizedKeysCommand none'),
      },
    ],
  ];
  return found.filter(([is]) => is).map(([, finding]) => finding);
}

/** Whether the lists of users and of groups let the user in. */
function judgeLists({ user, config, systemd }: SshFacts, settings: SshdSettings): SshFinding[] {
  const { allowGroups, denyGroups } = settings;
  const { name, groups } = user;
  const isDenied = groups.some((one) => isListed(one, denyGroups));
  const isAllowed = allowGroups.length === 0 || groups.some((one) => isListed(one, allowGroups));
  const refusal = (message: string, hint: string): SshFinding => ({
    state: 'failed',
    message,
    why: nobodyPushes,
    hint: `${hint}, then: ${reload(config, systemd)}`,
  });
  const ofUser = refusal(
    `sshd does not let the user ${name} in.`,
    `Name ${name} in AllowUsers of ${config}, and not in DenyUsers`,
  );
  const ofGroups = refusal(
    `sshd does not let the groups of ${name} in: ${groups.join(', ')}.`,
    `Name one of them in AllowGroups of ${config}, and none in DenyGroups`,
  );
  return [...(isLetIn(name, settings) ? [] : [ofUser]), ...(isAllowed && !isDenied ? [] : [ofGroups])];
}

/** Of patterns with an address behind @ it is not known who will come from where: they let in, and keep nobody out. */
function isLetIn(user: string, { allowUsers, denyUsers }: SshdSettings): boolean {
  const allowed = allowUsers.map((pattern) => pattern.replace(/@.*/, ''));
  const denied = denyUsers.filter((pattern) => !pattern.includes('@'));
  return !isListed(user, denied) && (allowed.length === 0 || isListed(user, allowed));
}

/** ssh_config(5), PATTERNS. */
function isListed(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesGlob(name, pattern.replaceAll(/[[\]{}!+()\\]/g, '\\$&')));
}

function judgeUser({ user: { name, shell } }: SshFacts): SshFinding[] {
  if (runsCommands(shell)) return [];
  return [
    {
      state: 'failed',
      message: `The shell of ${name}, ${shell}, runs no commands, and sshd runs octohost's by it.`,
      why: nobodyPushes,
      hint: `usermod --shell /bin/sh ${name}`,
    },
  ];
}

const looseRights = 'sshd takes no key from there; and who can write there lets in whom they like.';

function judgePlaces(facts: SshFacts): SshFinding[] {
  const { user, places } = facts;
  const mended = new Set(mendablePlaces(facts));
  return places.flatMap(({ path, uid, mode }): SshFinding[] => {
    const isForeign = uid !== user.uid && uid !== 0;
    const isOpen = (mode & others) !== 0;
    return [
      ...(isForeign
        ? [
            {
              state: 'failed' as const,
              message: `${path} belongs neither to ${user.name} nor to root.`,
              why: looseRights,
              hint: `chown ${user.name}: ${path}`,
            },
          ]
        : []),
      ...(isOpen
        ? [
            {
              state: 'failed' as const,
              message: `${path} can be written by others.`,
              why: looseRights,
              hint: mended.has(path) ? 'octo doctor --fix' : `chmod go-w ${path}`,
            },
          ]
        : []),
    ];
  });
}

/** What of it octohost gives its rights back: the file, and folders in the home, where they are the user's. */
export function mendablePlaces({ user, file, places }: Pick<SshFacts, 'user' | 'file' | 'places'>): string[] {
  const isOwn = (path: string) => path === file || path === user.home || path.startsWith(`${user.home}/`);
  return places
    .filter(({ path, uid, mode }) => uid === user.uid && (mode & others) !== 0 && isOwn(path))
    .map(({ path }) => path);
}

function judgeLines({ shadowed, file }: SshFacts): SshFinding[] {
  // From below: as one line is deleted after the other, those above keep their numbers.
  return shadowed.toReversed().map(({ name, line }) => ({
    state: 'failed',
    message: `Line ${line} of ${file} has the key of ${name} before octohost's line for it, and sshd takes the first.`,
    why: openDoor,
    hint: `sed -i ${line}d ${file}`,
  }));
}
