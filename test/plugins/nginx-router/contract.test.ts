import { routerContract } from '../../contracts/router.ts';
import { createLab } from './lab.ts';

routerContract('nginx', async () => {
  const lab = await createLab();
  return { router: lab.router(), request: lab.request, dispose: lab.end };
});
