/** The secret settings of an installation: sealed when they are written, opened when they are read, never shown. */
import { errors } from './error-catalogue.ts';
import { createRedactor, type Redactor } from './redaction.ts';
import { digestOf, joined, open, rotated, type SecretKeys, seal, sealedBy } from './sealing.ts';
import type { SecretKeyFile } from './secret-key-file.ts';

type Values = Readonly<Record<string, string>>;

/** Values as they are meant, and which of them were sealed. */
export interface Opened {
  readonly values: Record<string, string>;
  readonly secrets: ReadonlySet<string>;
}

/** Without a secret it asks for no key. */
export class Secrets {
  /** Knows every secret that this process has seen. */
  readonly redactor: Redactor = createRedactor();
  readonly #file: SecretKeyFile;
  #keys: SecretKeys | undefined;

  constructor(file: SecretKeyFile) {
    this.#file = file;
  }

  /**
   * The values as they are written: those of these names sealed, and those that only look as if they were. The keys are
   * read anew, for another process may have rotated them.
   */
  async seal<Value extends string | null>(
    site: string,
    values: Readonly<Record<string, Value>>,
    secrets: ReadonlySet<string>,
  ): Promise<Record<string, string | Extract<Value, null>>> {
    const isSecret = ([name, value]: [string, Value]) =>
      value !== null && (secrets.has(name) || sealedBy(value) !== undefined);
    if (!Object.entries(values).some(isSecret))
      return { ...values } as Record<string, string | Extract<Value, null>>;
    const keys = await this.#file.readOrCreate();
    this.#keys = keys;
    const sealed = Object.entries(values).map((entry) => {
      const [name, value] = entry;
      if (!isSecret(entry) || value === null) return entry;
      this.redactor.hide(value);
      return [name, seal(keys, { site, name }, value)];
    });
    return Object.fromEntries(sealed) as Record<string, string | Extract<Value, null>>;
  }

  /** @throws E_SECRET_KEY, E_SECRET_CHANGED, E_SECRET_FILE */
  async open(site: string, values: Values): Promise<Opened> {
    const secrets = new Set<string>();
    const opened: [string, string][] = [];
    for (const [name, text] of Object.entries(values)) {
      const id = sealedBy(text);
      if (id !== undefined) secrets.add(name);
      opened.push([name, id === undefined ? text : await this.#open(site, name, text, id)]);
    }
    return { values: Object.fromEntries(opened), secrets };
  }

  async #open(site: string, name: string, text: string, id: string): Promise<string> {
    const found = open(await this.#keysWith(id), { site, name }, text);
    if ('unopened' in found) {
      const { path } = this.#file;
      throw found.unopened === 'key'
        ? errors.E_SECRET_KEY({ site, name, id, path }, { site })
        : errors.E_SECRET_CHANGED({ site, name }, { site });
    }
    this.redactor.hide(found.value);
    return found.value;
  }

  /** Those of this process, or of the file where another process has rotated them. */
  async #keysWith(id: string): Promise<SecretKeys> {
    const known = this.#keys;
    if (known && [known.current, ...known.former].some((key) => key.id === id)) return known;
    this.#keys = await this.#file.read();
    return this.#keys ?? nobodys;
  }

  /** The values with a digest in the place of each secret: for whatever tells alike values from others. */
  async digested(
    site: string,
    values: Values,
    secrets: ReadonlySet<string>,
  ): Promise<Record<string, string>> {
    const names = Object.keys(values).filter((name) => secrets.has(name));
    if (names.length === 0) return { ...values };
    const keys = await this.#file.readOrCreate();
    return {
      ...values,
      ...Object.fromEntries(
        names.map((name) => [name, digestOf(keys, { site, name }, values[name] as string)]),
      ),
    };
  }

  /** From here on another key seals. Of the former ones those stay that sealed something that is still there. */
  async rotate(isNeeded: (id: string) => boolean): Promise<string> {
    const keys = rotated(await this.#file.readOrCreate(), isNeeded);
    await this.#file.write(keys);
    this.#keys = keys;
    return keys.current.id;
  }

  /** Opens what the other one has sealed, and seals and digests as that one does. */
  async adopt(other: Secrets): Promise<void> {
    const theirs = await other.#file.read();
    if (!theirs || other.#file.path === this.#file.path) return;
    const own = await this.#file.read();
    await this.#file.write(own ? joined(theirs, own) : theirs);
  }
}

const nobodys: SecretKeys = {
  current: { id: '', bytes: Buffer.alloc(0) },
  former: [],
  digest: Buffer.alloc(0),
};
