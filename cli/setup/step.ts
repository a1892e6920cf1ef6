/** What the set-up of a server does, as data: a plan is a list of steps, and its record a list of what they made. */

/** One thing to do, with the sentence that says so. */
export type Step = {
  /** `make the user git`. */
  readonly title: string;
  /** What it leaves that was not there before; absent: nothing that has to be taken away again. */
  readonly made?: Made;
  /** What an earlier step made and this one takes away. */
  readonly unmade?: Made;
} & Act;

type Act =
  | { readonly do: 'packages' }
  | {
      readonly do: 'run';
      readonly words: readonly string[];
      /** What it reads on standard input. */
      readonly input?: string;
      /** Where this file is there afterwards, all is well although the program ended badly. */
      readonly orFile?: string;
    }
  | { readonly do: 'copy'; readonly from: string; readonly path: string }
  | { readonly do: 'link'; readonly path: string; readonly to: string }
  | { readonly do: 'folder'; readonly path: string; readonly mode: number; readonly owner: string }
  | { readonly do: 'file'; readonly path: string; readonly text: string }
  /** Ends the processes of a user that have one of these paths in their command line. */
  | { readonly do: 'end'; readonly user: string; readonly paths: readonly string[] }
  /** A folder goes only where it is empty, unless all that is below it is to go. */
  | { readonly do: 'remove'; readonly path: string; readonly all?: true };

/** What a step made, for the day when it is to be taken away. */
export type Made =
  | { readonly what: 'packages'; readonly names: readonly string[] }
  | { readonly what: 'user'; readonly name: string }
  | { readonly what: 'member'; readonly name: string; readonly group: string }
  | { readonly what: 'right'; readonly program: string }
  | { readonly what: 'unit'; readonly name: string }
  | { readonly what: 'link' | 'folder' | 'runtime'; readonly path: string }
  | { readonly what: 'file'; readonly path: string; readonly text: string };

/** A list of what was made with one more thing, which stands there once. Pure. */
export function withMade(list: readonly Made[], one: Made): Made[] {
  return [...withoutMade(list, one), one];
}

/** The list without it. Pure. */
export function withoutMade(list: readonly Made[], one: Made): Made[] {
  return list.filter((other) => JSON.stringify(other) !== JSON.stringify(one));
}
