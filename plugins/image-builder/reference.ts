/** The grammar of image references (distribution/reference). Pure. */
import { imageDigest as digest, imageTag as tag } from '../shared/image-grammar.ts';
import { errors } from './errors.ts';

const host = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?`;
const name = String.raw`[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*`;
const pattern = new RegExp(`^((?:${host}/)?${name}(?:/${name})*)(?::(${tag}))?(?:@(${digest}))?$`);
const idPattern = new RegExp(`^${digest}$`);
const maxLength = 512;

export type Reference =
  /** By the content id of an image that is here: it cannot be pulled. */
  | { readonly kind: 'id'; readonly name: string }
  /** What to pull: never a name alone, which would pull all of its tags. */
  | {
      readonly kind: 'name';
      readonly name: string;
      readonly pull: { readonly fromImage: string; readonly tag: string };
    };

/** Throws E_IMAGE_REFERENCE. */
export function parseReference(text: string): Reference {
  if (idPattern.test(text)) return { kind: 'id', name: text };
  const match = text.length <= maxLength ? pattern.exec(text) : null;
  if (!match) throw errors.E_IMAGE_REFERENCE({ reference: text });
  const [, repository = '', given, byDigest] = match;
  const pulled = byDigest ?? given ?? 'latest';
  const full = byDigest === undefined ? `${repository}:${pulled}` : text;
  return { kind: 'name', name: full, pull: { fromImage: repository, tag: pulled } };
}
