/** Reporters that say less, or say it to more than one. */
import type { Reporter, SiteName } from '../../core/index.ts';

/** Says nothing. */
export const silent: Reporter = { deploy() {}, begin() {}, end() {}, output() {}, warn() {} };

/** A warning, as `--json` repeats it. */
export interface Warning {
  readonly site: string;
  readonly text: string;
}

/** Passes everything on and remembers the warnings. */
export function remembering(reporter: Reporter, warnings: Warning[]): Reporter {
  return {
    deploy: (site, id) => reporter.deploy(site, id),
    begin: (site, step) => reporter.begin(site, step),
    end: (site, step, milliseconds) => reporter.end(site, step, milliseconds),
    output: (site, line) => reporter.output(site, line),
    warn(site, text) {
      warnings.push({ site, text });
      reporter.warn(site, text);
    },
  };
}

/** Passes on what is said of some sites: a deploy may bring others with it that whoever asked for it may not see. */
export function ofSites(reporter: Reporter, isShown: (site: SiteName) => boolean): Reporter {
  return {
    deploy: (site, id) => void (isShown(site) && reporter.deploy(site, id)),
    begin: (site, step) => void (isShown(site) && reporter.begin(site, step)),
    end: (site, step, milliseconds) => void (isShown(site) && reporter.end(site, step, milliseconds)),
    output: (site, line) => void (isShown(site) && reporter.output(site, line)),
    warn: (site, line) => void (isShown(site) && reporter.warn(site, line)),
  };
}

/** Tells both. */
export function both(one: Reporter, other: Reporter): Reporter {
  return {
    deploy(site, id) {
      one.deploy(site, id);
      other.deploy(site, id);
    },
    begin(site, step) {
      one.begin(site, step);
      other.begin(site, step);
    },
    end(site, step, milliseconds) {
      one.end(site, step, milliseconds);
      other.end(site, step, milliseconds);
    },
    output(site, line) {
      one.output(site, line);
      other.output(site, line);
    },
    warn(site, line) {
      one.warn(site, line);
      other.warn(site, line);
    },
  };
}
