/** Why octohost differs from the original on purpose, by name. */
export const reasons = {
  'own ports': 'ports of our own on the loopback instead of -P on every address (PARITY bug 16)',
  'DOMAINS leaked': 'the list that octohost keeps was a variable of the container (PARITY bug 4)',
  'setting leaked': 'settings of octohost were variables of the container (PARITY bug 4)',
  'value mangled': 'a value lost blanks, quotes, backslashes, its lines or its end (PARITY bug 4)',
  'no real command': 'a quote or a blank cut the command in pieces, and nothing ran (PARITY bugs 4, 15)',
  'accepted, not running': 'nothing ran, and the push was accepted all the same (PARITY bug 15)',
  'whole words': 'a longer word that only begins like a comment of octohost counted as it',
  'here-document': 'a line of a here-document counted as a comment',
  'line ends': 'a carriage return or a byte order mark was part of a word',
  'no JSON': 'several ports made a service that no catalog takes (PARITY bug 13)',
  'UDP is no HTTP': 'a UDP port was registered as an HTTP service',
  'EXPOSE decides': 'a host port alone made an HTTP service; here the port is the one that is EXPOSEd',
  'off is off': 'NO_HTTP_PROXY was on whatever its value',
  'no port, no domain': 'a site on which nothing speaks HTTP has no domains',
  'domains:set stays': 'a push overwrote what domains:set had asked for',
  'CNAME by lines': 'comments, blanks and several domains in a line of CNAME were taken as they stood',
  'CNAME refused': 'a line of CNAME that is no domain was configuration (PARITY bug 8); here it is refused',
  'wildcard refused': 'wildcard domains are for operators, not for repositories',
  'neighbour refused': "a name directly under the suffix is that of the site of that name, and nobody else's",
  'one tag of several': 'tags separated by commas were one tag',
  'one port, one container':
    'a second container could not have the host port or the name, and failed (PARITY bug 12)',
  'setting refused': 'a setting that cannot be used is refused when it is set, not ignored when it is used',
  'path refused':
    'certificates are texts and templates have names here: no setting of a site is a path of the host',
  'key refused': 'a key that no shell takes as a variable is refused: it could not be exported',
  'name refused': "a repository or branch that is no site's name is refused (PARITY bug 11)",
  'comment refused': 'a comment of octohost that cannot be read is refused with its line',
  'no Dockerfile': 'a push without a Dockerfile is refused here: silence is never success',
  'plain names': 'sites and domains in lower case, _ and / as -; main and master both mean the site itself',
  'own variable': 'CONTAINER_NAME is always the name of the site',
} as const;
export type Why = keyof typeof reasons;

/** What differs in nearly every case, whatever it is about. */
export const everywhere: readonly Why[] = ['own ports', 'DOMAINS leaked'];
