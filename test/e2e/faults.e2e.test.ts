/** One point of each kind of the crash matrix (test/faults), which `npm run test:faults` runs whole. */
import { afterAll } from 'vitest';
import { push } from '../faults/kinds.ts';
import { faultLab } from '../faults/lab.ts';
import { matrix } from '../faults/matrix.ts';

const lab = await faultLab();
afterAll(() => lab.dispose());

const chosen = [
  'kill before door:serve store.transact pointer',
  'kill after door:serve store.transact pointer',
  'kill before door:serve git.update-ref commit',
  'kill after retire:finish runtime.stop',
  'throw before door:serve hook.started',
  'throw after door:serve router.apply',
];

await matrix(lab, push, ({ program, name }, mode) => chosen.includes(`${mode} ${program} ${name}`));
