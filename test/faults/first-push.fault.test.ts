/** The first push of a site, which also makes its repository. */
import { afterAll } from 'vitest';
import { firstPush } from './kinds.ts';
import { faultLab } from './lab.ts';
import { matrix, oneOfEach } from './matrix.ts';

const lab = await faultLab();
afterAll(() => lab.dispose());

await matrix(lab, firstPush, oneOfEach);
