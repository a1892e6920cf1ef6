/** What Ctrl-C means for the deploys that run, in words. */
import type { DeployStatus, Reporter } from '../../core/index.ts';
import { silent } from './quiet.ts';

/** What runs of an operation, as far as its reporter was told. */
export interface Underway {
  readonly reporter: Reporter;
  /** Of a deploy that is not the command's own: what becomes of it. */
  others: string[];
  /** One line of what becomes of all that runs. */
  said(): string;
}

const fates = {
  begun: 'is taken back, and what served serves on.',
  switching: 'has become current: its routes are applied first.',
  serving: 'is current and serves; what it leaves to do octo converge does.',
} as const;

/** Follows the deploys of a command. The step `apply` begins once the pointer has moved: from there on it is finished. */
export function underway(): Underway {
  const deploys = new Map<string, { readonly deploy: string; readonly fate: keyof typeof fates }>();
  const others: string[] = [];
  const now = (site: string, step: string, fate: keyof typeof fates) => {
    const known = deploys.get(site);
    if (known && step === 'apply') deploys.set(site, { ...known, fate });
  };
  return {
    others,
    reporter: {
      ...silent,
      deploy: (site, deploy) => void deploys.set(site, { deploy, fate: 'begun' }),
      begin: (site, step) => now(site, step, 'switching'),
      end: (site, step) => now(site, step, 'serving'),
    },
    said() {
      const own = [...deploys].map(
        ([site, { deploy, fate }]) => `The deploy ${deploy} of ${site} ${fates[fate]}`,
      );
      const each = [...own, ...others];
      const after = own.length > 0 ? ', and what it leaves octo converge takes away' : '';
      return ['Interrupted: ending cleanly.', ...each, `Once more ends it at once${after}.`].join(' ');
    },
  };
}

/** That a deploy runs, and goes on whatever becomes of whoever began it. Nothing where none does. */
export function runningLines(deploys: readonly DeployStatus[]): string[] {
  return deploys
    .filter(({ phase, alive }) => phase === 'running' && alive)
    .map(
      ({ site, deploy }) =>
        `The deploy ${deploy} of ${site} runs, whatever becomes of who began it: octo attach ${site} shows it, octo cancel ${site} stops it.`,
    );
}
