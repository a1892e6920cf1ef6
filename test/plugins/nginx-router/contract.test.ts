import { routerContract } from '../../contracts/router.ts';
import { createLab } from './lab.ts';

for (const routeChange of ['auto', 'reload'] as const)
  routerContract(`nginx, routeChange: ${routeChange}`, async () => {
    const lab = await createLab();
    return { router: lab.router({ routeChange }), request: lab.request, dispose: lab.end };
  });
