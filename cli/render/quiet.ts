/** Reporters that say less. */
import type { Reporter } from '../../core/index.ts';

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
