/** International names as people read them, beside the ASCII form that counts. Pure. */
import { domainToUnicode } from 'node:url';

/** Undefined where the name is the same in both forms. */
export function unicodeOf(domain: string): string | undefined {
  const unicode = domainToUnicode(domain);
  return unicode === '' || unicode === domain ? undefined : unicode;
}

/** `xn--bcher-kva.example (bücher.example)`. */
export function shownDomain(domain: string): string {
  return both(domain, unicodeOf(domain));
}

/** `http://xn--bcher-kva.example:8080 (bücher.example)`. */
export function shownUrl(url: string): string {
  return both(url, unicodeOf(new URL(url).hostname));
}

function both(text: string, unicode: string | undefined): string {
  return unicode === undefined ? text : `${text} (${unicode})`;
}
