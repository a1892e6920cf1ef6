/** Code of the documentation as files that can be compiled and imported. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The TypeScript blocks of a page, in order. */
export function typescriptBlocks(markdown: string): string[] {
  return [...markdown.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
}

/** With the sources of this repository in place of the package. */
function onSources(code: string): string {
  return code
    .replaceAll("from 'octohost/testing'", `from '${join(root, 'test/testing.ts')}'`)
    .replaceAll(/from 'octohost\/plugins\/([a-z-]+)'/g, `from '${join(root, 'plugins')}/$1/index.ts'`)
    .replaceAll("from 'octohost'", `from '${join(root, 'core/index.ts')}'`);
}

export interface CodeFolder {
  /** Absolute paths, one for each source. */
  readonly files: readonly string[];
  /** What the compiler says of the sources alone, one line each: `0.ts(2,3): error TS2339: …`. */
  compile(): Promise<string[]>;
  dispose(): Promise<void>;
}

/** Writes sources that import `octohost` into a folder of their own. */
export async function codeFolder(sources: readonly string[]): Promise<CodeFolder> {
  const dir = await mkdtemp(join(tmpdir(), 'octo-code-'));
  const src = join(dir, 'src');
  await mkdir(src);
  const files = sources.map((_, index) => join(src, `${index}.ts`));
  await Promise.all(files.map((file, index) => writeFile(file, onSources(sources[index] ?? ''))));
  await symlink(join(root, 'node_modules'), join(dir, 'node_modules'));
  await writeFile(join(dir, 'package.json'), '{ "type": "module" }');
  await writeFile(
    join(dir, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        typeRoots: [join(root, 'node_modules/@types')],
        // The sources are named by absolute paths.
        rewriteRelativeImportExtensions: false,
      },
      include: ['src'],
    }),
  );
  return {
    files,
    compile: () => compile(dir),
    dispose: () => rm(dir, { recursive: true, force: true }),
  };
}

async function compile(dir: string): Promise<string[]> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const args = [tsc, '-p', dir, '--pretty', 'false'];
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { cwd: dir }, (_, stdout, stderr) => resolve(`${stdout}${stderr}`));
  });
  return output.split('\n').flatMap((line) => {
    const place = line.startsWith('src/') ? line.slice('src/'.length) : line;
    return place.trim() === '' ? [] : [place];
  });
}
