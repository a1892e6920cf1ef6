/** What Ctrl-C means for the deploys that run, in words. */
import type { Reporter } from '../../core/index.ts';
import { silent } from './quiet.ts';

/** What runs of an operation, as far as its reporter was told. */
export interface Underway {
  readonly reporter: Reporter;
  /** One line of what becomes of all that runs. */
  said(): string;
}

/** Follows the deploys of a command. The step `apply` begins once the pointer has moved: from there on it is finished. */
export function underway(): Underway {
  const deploys = new Map<string, { readonly deploy: string; readonly isSwitching: boolean }>();
  return {
    reporter: {
      ...silent,
      deploy: (site, deploy) => void deploys.set(site, { deploy, isSwitching: false }),
      begin(site, step) {
        const known = deploys.get(site);
        if (known && step === 'apply') deploys.set(site, { ...known, isSwitching: true });
      },
    },
    said() {
      const each = [...deploys].map(([site, { deploy, isSwitching }]) =>
        isSwitching
          ? `The deploy ${deploy} of ${site} has become current: its routes are applied first.`
          : `The deploy ${deploy} of ${site} is taken back, and what served serves on.`,
      );
      const after = each.length > 0 ? ', and what it leaves octo converge takes away' : '';
      return ['Interrupted: ending cleanly.', ...each, `Once more ends it at once${after}.`].join(' ');
    },
  };
}
