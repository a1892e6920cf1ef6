import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { messageOf } from '../../../core/index.ts';
import { BaseCommand } from '../../base-command.ts';
import type { Instance } from '../../dev/instance-files.ts';
import { errors } from '../../door/errors.ts';

export default class DevUp extends BaseCommand {
  static override summary = 'Bring up a whole private instance in a folder: its own sshd, nginx and store.';
  static override description =
    `Nothing of the system is touched. The engine of DOCKER_HOST is used, else the system's, else one of the
instance's own is started; octohost/busybox:1, made from the machine's own busybox, is there to build from. Several
instances run side by side. Always prints one JSON object:
{ "pushUrl", "httpUrl", "ssh": { "port", "user", "knownHosts", "identity"? }, "dockerHost", "configFile", "domainSuffix", "consul"? }
OCTOHOST_CONFIG=<configFile> makes any octo command speak to the instance.`;
  static override examples = [
    '<%= config.bin %> dev:up --dir /tmp/try',
    '<%= config.bin %> dev:up --dir /tmp/try --http-port 8080 --key ~/.ssh/id_ed25519.pub',
    '<%= config.bin %> dev:up --dir /tmp/try --config ./octohost.config.ts',
    '<%= config.bin %> dev:up --dir /tmp/try --consul',
  ];
  static override flags = {
    dir: Flags.string({
      required: true,
      helpValue: 'DIR',
      description: 'Folder of the instance; made if it is not there.',
    }),
    'http-port': Flags.integer({
      min: 1,
      max: 65_535,
      helpValue: 'N',
      description: 'Port of nginx on 127.0.0.1; a free one by default.',
    }),
    'ssh-port': Flags.integer({
      min: 1,
      max: 65_535,
      helpValue: 'N',
      description: 'Port of sshd on 127.0.0.1; a free one by default.',
    }),
    key: Flags.string({
      helpValue: 'FILE.pub',
      description: 'Public key that may push; by default the instance makes one.',
    }),
    config: Flags.string({
      helpValue: 'FILE',
      description: 'Your own configuration, whose plugins the instance uses.',
    }),
    consul: Flags.boolean({
      default: false,
      exclusive: ['config'],
      description: 'Keep settings, state and catalog in a Consul of its own.',
    }),
  };

  async run(): Promise<Instance> {
    const { flags } = await this.parse(DevUp);
    const { bringUp } = await import('../../dev/instance.ts');
    const dockerHost = this.context.environment['DOCKER_HOST'];
    const instance = await bringUp(
      {
        dir: resolve(flags.dir),
        ...(flags['http-port'] ? { httpPort: flags['http-port'] } : {}),
        ...(flags['ssh-port'] ? { sshPort: flags['ssh-port'] } : {}),
        ...(flags.key ? { publicKey: await readKey(flags.key) } : {}),
        ...(flags.config ? { config: resolve(flags.config) } : {}),
        ...(dockerHost ? { dockerHost } : {}),
        consul: flags.consul,
        signal: this.signal,
      },
      (line) => this.notice(line),
    );
    this.print(JSON.stringify(instance, undefined, 2));
    return instance;
  }
}

async function readKey(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw errors.E_PUBLIC_KEY({ problem: `it cannot be read: ${messageOf(cause)}` }, { cause });
  });
}
