/** Releases that a command of octo makes, without a build. */
import { afterAll } from 'vitest';
import { configuration, rollback, stop } from './kinds.ts';
import { faultLab } from './lab.ts';
import { matrix, oneOfEach } from './matrix.ts';

const lab = await faultLab();
afterAll(() => lab.dispose());

for (const kind of [configuration, rollback, stop]) await matrix(lab, kind, oneOfEach);
