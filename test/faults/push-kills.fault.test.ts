/** A push that replaces a release, killed before and after everything it changes. */
import { afterAll } from 'vitest';
import { push } from './kinds.ts';
import { faultLab } from './lab.ts';
import { matrix } from './matrix.ts';

const lab = await faultLab();
afterAll(() => lab.dispose());

await matrix(lab, push, (_, mode) => mode.startsWith('kill'));
