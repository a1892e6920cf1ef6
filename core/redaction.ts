/** Keeps secrets out of what is shown: an application may print its own environment when it fails. Pure. */

const secretName = /SECRET|TOKEN|PASS|KEY|CREDENTIAL|PRIVATE|AUTH|DSN|URL|URI/i;
const shortest = 6;

/** Values worth hiding: those with a telling name, long enough not to be a word of ordinary text. Longest first. */
export function secretsOf(environment: Readonly<Record<string, string>>): string[] {
  const values = Object.entries(environment).flatMap(([name, value]) => [
    ...passwordOf(value),
    // Output comes line by line: so does a key in PEM form.
    ...(secretName.test(name) ? [value, ...value.split(/\r?\n/)] : []),
  ]);
  const worthHiding = values.filter((value) => value.trim().length >= shortest);
  return [...new Set(worthHiding)].toSorted((a, b) => b.length - a.length);
}

/** The password inside an address such as `postgres://user:password@host/db`. */
function passwordOf(value: string): string[] {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^:@/\s]*:([^@/\s]+)@/i.exec(value)?.[1];
  return password === undefined ? [] : [password];
}

/** The text with every secret replaced. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '[hidden]'), text);
}
