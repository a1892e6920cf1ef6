/** What is deployed under load, and how often. */

export interface Scenario {
  readonly name: string;
  /** How its application behaves: test/load/app/app.mjs. */
  readonly environment: Readonly<Record<string, string>>;
  /** The site's settings from the second version on. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Deploys in a row. */
  readonly deploys: number;
  /** About how long it takes on two cores that have nothing else to do: its share of the time that there is. */
  readonly seconds: number;
  /** How every version but the first is broken: its deploy has to fail. */
  readonly broken?: Readonly<Record<string, string>>;
  /** Routes change by a reload of nginx, also where it could do without. */
  readonly reload?: boolean;
}

const grace = { OCTO_GRACE_PERIOD: '1' };

export const scenarios: readonly Scenario[] = [
  { name: 'ends what it answers on SIGTERM', environment: {}, deploys: 20, seconds: 60 },
  {
    name: 'takes 5 s to listen',
    environment: { LISTEN_AFTER_MS: '5000' },
    deploys: 20,
    seconds: 160,
  },
  {
    name: 'ignores SIGTERM',
    environment: { ON_SIGTERM: 'ignore' },
    settings: grace,
    deploys: 20,
    seconds: 60,
  },
  { name: 'closes everything on SIGTERM', environment: { ON_SIGTERM: 'drop' }, deploys: 20, seconds: 60 },
  { name: 'new version ends at once', environment: {}, broken: { BROKEN: 'exit' }, deploys: 20, seconds: 30 },
  {
    name: 'new version never listens',
    environment: {},
    settings: { OCTO_CHECK_TIMEOUT: '4' },
    broken: { BROKEN: 'silent' },
    deploys: 20,
    seconds: 120,
  },
  { name: 'routes change by a reload', environment: {}, deploys: 20, reload: true, seconds: 60 },
];

/** The Dockerfile of one version. Pure. */
export function dockerfile(image: string, version: number, environment: Scenario['environment']): string {
  const lines = Object.entries({ ...environment, VERSION: String(version) });
  return [
    `FROM ${image}`,
    'COPY app.mjs /app.mjs',
    ...lines.map(([name, value]) => `ENV ${name}=${value}`),
    'EXPOSE 8080',
    'CMD ["node", "/app.mjs"]',
    '',
  ].join('\n');
}

/** Which part of the time that is left belongs to a scenario, those before it being done. Pure. */
export function shareOf(scenario: Scenario, all: readonly Scenario[]): number {
  const left = all.slice(all.indexOf(scenario)).reduce((sum, { seconds }) => sum + seconds, 0);
  return scenario.seconds / left;
}
