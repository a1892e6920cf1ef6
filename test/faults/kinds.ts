/** The deploys that are killed, and how each is made on real components. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { command, page, type Ran } from '../helpers/private-instance.ts';
import type { FaultLab } from './lab.ts';

export interface Kind {
  readonly name: string;
  /** Makes a site on which the deploy can be done; gives what it answers. */
  prepare(lab: FaultLab, site: string): Promise<string>;
  /** What the site answers after the deploy, given what it answers before it. */
  next(answer: string, round: number): string;
  /** @param answer what the site is to answer */
  deploy(lab: FaultLab, site: string, answer: string): Promise<Ran>;
  /** True where nobody may answer for a while: two versions cannot share a port of the host. */
  readonly gap?: boolean;
  /** After a deploy that became current: brings the site back to where another one can be made. */
  back?(lab: FaultLab, site: string): Promise<void>;
}

async function well(running: Promise<Ran>): Promise<void> {
  const done = await running;
  if (done.code !== 0) throw new Error(`it ended with ${done.code}: ${done.stderr}`);
}

const nobody = '404';

export const push: Kind = {
  name: 'push',
  async prepare({ host }, site) {
    await well(host.push(site, page('the first')));
    return 'the first';
  },
  next: (_, round) => `page ${round}`,
  deploy: ({ host }, site, answer) => host.push(site, page(answer)),
};

export const firstPush: Kind = {
  name: 'first push',
  /** What is made once on a host, like the audit log, is there; the site is not. */
  async prepare(lab, site) {
    await push.prepare(lab, site);
    await removeSite(lab, site);
    return nobody;
  },
  next: (_, round) => `first page ${round}`,
  deploy: push.deploy,
  back: removeSite,
};

async function removeSite({ host }: FaultLab, site: string): Promise<void> {
  await well(host.octo('remove', site, '--yes'));
  // A registry keeps what it was given; the next round begins without.
  await rm(join(host.home, 'published', site), { force: true });
}

/** Answers what its setting TEXT says. */
const said = (text: string) => ({
  Dockerfile: command('mkdir -p /www; printf %s "$TEXT" > /www/index.html; exec httpd -f -p 8080 -h /www', [
    `ENV TEXT=${text}`,
    'EXPOSE 8080',
  ]),
});

export const configuration: Kind = {
  name: 'config:set',
  async prepare({ host }, site) {
    await well(host.push(site, said('unset')));
    await well(host.octo('config:set', `${site}/TEXT`, 'set'));
    return 'set';
  },
  next: (_, round) => `text-${round}`,
  deploy: ({ host }, site, answer) => host.octo('config:set', `${site}/TEXT`, answer),
};

export const rollback: Kind = {
  name: 'rollback',
  async prepare({ host }, site) {
    await well(host.push(site, said('one')));
    await well(host.push(site, said('two')));
    return 'two';
  },
  next: () => 'one',
  deploy: ({ host }, site) => host.octo('rollback', site),
  back: ({ host }, site) => well(host.octo('rollback', site, '2')),
};

export const stop: Kind = {
  name: 'stop',
  prepare: configuration.prepare,
  next: () => '503',
  deploy: ({ host }, site) => host.octo('stop', site),
  back: ({ host }, site) => well(host.octo('start', site)),
};
