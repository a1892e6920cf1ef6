import { expect, it } from 'vitest';
import { both, ofSites, remembering, type Warning } from '../../../cli/render/quiet.ts';
import { parseSiteName, type Reporter } from '../../../core/index.ts';

const [app, web] = [parseSiteName('app'), parseSiteName('web')];

function recording() {
  const lines: string[] = [];
  const reporter: Reporter = {
    deploy: (site, id) => void lines.push(`${site} deploy ${id}`),
    begin: (site, step) => void lines.push(`${site} begin ${step}`),
    end: (site, step) => void lines.push(`${site} end ${step}`),
    output: (site, line) => void lines.push(`${site} ${line}`),
    warn: (site, line) => void lines.push(`${site} warning ${line}`),
  };
  return { reporter, lines };
}

function sayAll(reporter: Reporter): void {
  for (const site of [app, web]) {
    reporter.deploy(site, 'd1');
    reporter.begin(site, 'build');
    reporter.output(site, 'a line');
    reporter.warn(site, 'a line');
    reporter.end(site, 'build', 1);
  }
}

it('what is said of other sites is kept from who may not see them, and from nobody else', () => {
  const [pusher, log] = [recording(), recording()];
  const warnings: Warning[] = [];
  const shown = ofSites(remembering(pusher.reporter, warnings), (site) => site === app);
  sayAll(both(shown, log.reporter));
  const all = log.lines;
  expect(all).toHaveLength(10);
  expect(pusher.lines).toEqual(all.filter((line) => line.startsWith('app')));
  expect(warnings).toEqual([{ site: 'app', text: 'a line' }]);
});
