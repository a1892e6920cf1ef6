/** The name of a ready image, as `--image` takes it. Pure. */
import { errors } from '../errors.ts';

// registry host with port, path, tag, digest: what docker takes, and nothing that begins with a dash
const pattern = /^[a-z0-9][a-z0-9._\-/:]*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/i;
const imageId = /^sha256:[0-9a-f]{64}$/;

/** @throws E_SOURCE_IMAGE */
export function parseImageReference(text: string): string {
  const shaped = imageId.test(text) || (pattern.test(text) && !/[/:.]{2}|[/:.]$/.test(text));
  if (!shaped || text.length > 400) throw errors.E_SOURCE_IMAGE({ reference: text });
  return text;
}
