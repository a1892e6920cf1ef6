/** What is pushed: a tree of files, or a ready image. A door (git, a folder, a tar) makes it. */
import type { Readable } from 'node:stream';
import type { Revision, SiteName } from './grammar.ts';
import type { Origin } from './release.ts';

/** The pushed files. A pushed repository is data: nothing of it runs on the host. */
export interface Tree {
  /** Equal ids mean equal content; absent where the door cannot tell. */
  readonly id?: string;
  /**
   * One regular file at the given path below the top, `/` between folders; undefined where there is none.
   * Symbolic links are not followed. A file larger than 1 MiB is refused.
   */
  read(path: string): Promise<Buffer | undefined>;
  /** The whole tree as an uncompressed tar stream, paths relative to the top. Each call makes a new stream. */
  tar(): Promise<Readable>;
}

/** What an image is made of, or is. */
export type Source =
  | { readonly kind: 'tree'; readonly tree: Tree }
  /** An image that exists already, by tag or digest. */
  | { readonly kind: 'image'; readonly reference: string };

/** An incoming revision of one site. */
export interface Push {
  readonly site: SiteName;
  readonly revision?: Revision;
  readonly source: Source;
  /** The branch that is pushed. A site that another branch deploys is refused, unless that one is `takesFrom`. */
  readonly origin?: Origin;
  /** The branch that gives the site up: it is gone, or this push takes its place on purpose. */
  readonly takesFrom?: Origin;
  /** What the pusher says of it; one line. */
  readonly message?: string;
  /** Builds without cached layers, even where the tree is the one that runs. */
  readonly force?: boolean;
  /** New instances even where the image is the one that runs. */
  readonly reload?: boolean;
}
