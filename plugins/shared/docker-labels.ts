/** The labels by which octohost knows what is its own. */
export const labels = {
  installation: 'octohost.installation',
  site: 'octohost.site',
  release: 'octohost.release',
  deploy: 'octohost.deploy',
  spec: 'octohost.spec',
  index: 'octohost.index',
  bindings: 'octohost.bindings',
  path: 'octohost.path',
  /**
   * `task`: a command that is run once; `attended`: one that somebody is at; `instance`, or nothing in containers of
   * before: an instance.
   */
  role: 'octohost.role',
} as const;

/** Labels as the engine returns them: null where there are none. */
export type FoundLabels = Readonly<Record<string, string>> | null | undefined;

/** What everything of a site carries; of a volume it is the name that its data goes by. */
export function ownLabels(installation: string, site: string): Record<string, string> {
  return { [labels.installation]: installation, [labels.site]: site };
}

export function isOurs(found: FoundLabels, installation: string): boolean {
  return found?.[labels.installation] === installation;
}

/** The engine's filter for what is this installation's, of one site or of all. */
export function ownFilter(installation: string, site?: string): { label: string[] } {
  const own = `${labels.installation}=${installation}`;
  return { label: site === undefined ? [own] : [own, `${labels.site}=${site}`] };
}
