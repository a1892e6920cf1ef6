/** Passwords and addresses with a token: where they come from, and how they stay out of what is said. */
import { readFile } from 'node:fs/promises';
import { messageOf } from 'octohost';
import { errors } from './errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The file's text, where one is named; else the variable's. @throws E_NOTIFY_SECRET */
export async function readSecret(
  file: string | undefined,
  variable: string,
  environment: Environment,
): Promise<string> {
  if (file === undefined) {
    const value = environment[variable];
    if (!value) throw errors.E_NOTIFY_SECRET({ from: variable, problem: 'is not set' });
    return value;
  }
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw errors.E_NOTIFY_SECRET({ from: file, problem: `cannot be read (${messageOf(error)})` });
  });
  const value = text.replace(/\r?\n$/, '');
  if (value === '') throw errors.E_NOTIFY_SECRET({ from: file, problem: 'is empty' });
  return value;
}

/** An address that may hold a token: over https, but on this host. @throws E_NOTIFY_SECRET, which does not repeat it */
export function parseUrl(text: string, from: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHere = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url?.hostname ?? '');
  const isRight = url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere);
  if (!url || !isRight) throw errors.E_NOTIFY_SECRET({ from, problem: 'holds no https:// address' });
  return url;
}

/** All forms in which a password may come back in the words of a mail server. Pure. */
export function formsOfPassword(username: string, password: string): string[] {
  return [password, base64(password), base64(`\0${username}\0${password}`)];
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** All parts of an address that may be its token. Pure. */
export function formsOfUrl(url: URL): string[] {
  const parts = [...url.pathname.split('/'), ...url.searchParams.values(), url.username, url.password];
  return [url.href, `${url.pathname}${url.search}`, ...parts].filter((part) => part.length >= shortestPart);
}

/** A shorter part of an address may be a word of any text. */
const shortestPart = 6;

/** The text without what is secret. Pure. */
export function hidden(text: string, secrets: readonly string[]): string {
  return secrets
    .toSorted((a, b) => b.length - a.length)
    .reduce((shown, secret) => (secret === '' ? shown : shown.replaceAll(secret, '[hidden]')), text);
}
