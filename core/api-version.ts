/** The version of the public API, for the ranges that plugins declare. */

/**
 * Semantic: a plugin that names `^1.0.0` runs under every 1.x. A removed or changed export, role method, hook or payload
 * is a new major version; a new one that nobody has to know is a minor version.
 */
export const apiVersion = '1.0.0';
