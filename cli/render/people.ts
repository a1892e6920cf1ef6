/** What happens, for people: one full line at a time, no spinner, so that it also reads well through a git push. */
import type { Reporter } from '../../core/index.ts';
import { plain, type Style } from './style.ts';
import { cleanLine, duration } from './text.ts';

export interface PeopleOptions {
  /** Takes one line, without a newline at its end. */
  readonly write: (line: string) => void;
  /** The sites of this operation; with more than one, each line begins with its site. */
  readonly sites: readonly string[];
  readonly style?: Style;
  /** Seconds of silence after which a line says that it goes on. @default 10 */
  readonly silenceSeconds?: number;
}

/** A reporter that keeps a timer: close it when the operation has ended. */
export interface PeopleReporter extends Reporter {
  close(): void;
}

interface Running {
  readonly site: string;
  readonly step: string;
  readonly since: number;
}

/** Steps as people call them while they run. */
const doing: Readonly<Record<string, string>> = {
  receive: 'receiving',
  build: 'building',
  release: 'running the release task',
  start: 'starting and checking',
  register: 'registering',
  prepare: 'preparing routes',
  apply: 'applying routes',
  publish: 'publishing',
};

export function createPeopleReporter(options: PeopleOptions): PeopleReporter {
  const { write, sites, style = plain, silenceSeconds = 10 } = options;
  const silence = silenceSeconds * 1000;
  const several = new Set(sites).size > 1;
  const running = new Map<string, Running>();
  let spokenAt = Date.now();

  const say = (site: string, line: string) => {
    spokenAt = Date.now();
    write(several && site !== '' ? `${style.dim(`[${site}]`)} ${line}` : line);
  };
  const beat = () => {
    if (Date.now() - spokenAt < silence) return;
    if (running.size === 0) say('', '       … still waiting');
    for (const { site, step, since } of running.values())
      say(site, `       … still ${doing[step] ?? step} (${duration(Date.now() - since)})`);
  };
  const timer = setInterval(beat, Math.min(1000, silence)).unref();

  return {
    deploy(site, id) {
      say(site, `       ${style.dim(`deploy ${id}`)}`);
    },
    begin(site, step) {
      running.set(`${site} ${step}`, { site, step, since: Date.now() });
      say(site, `${style.green('----->')} ${style.bold(step)}`);
    },
    end(site, step, milliseconds) {
      running.delete(`${site} ${step}`);
      say(site, `       ${style.dim(`done in ${duration(milliseconds)}`)}`);
    },
    output(site, line) {
      say(site, `       ${cleanLine(line)}`.trimEnd());
    },
    warn(site, line) {
      say(site, `${style.yellow(' !     warning:')} ${cleanLine(line)}`);
    },
    close() {
      clearInterval(timer);
    },
  };
}
