/** Every door that can be tried without a running part. */
import type { Door } from '../door.ts';
import { commands } from './commands.ts';
import { files } from './files.ts';
import { names } from './names.ts';
import { state } from './state.ts';
import { trees } from './trees.ts';

export const doors: readonly Door[] = [...names, ...commands, ...files, ...trees, ...state];
