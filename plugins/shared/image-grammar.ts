/** The parts of an image's name (distribution/reference) that several plugins read, as sources of expressions. */
export const imageTag = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
export const imageDigest = 'sha256:[0-9a-f]{64}';
