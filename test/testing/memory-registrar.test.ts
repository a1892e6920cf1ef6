import { registrarContract } from '../contracts/registrar.ts';
import { memoryRegistrar } from './memory-registrar.ts';

registrarContract('memoryRegistrar', async () => ({
  registrar: memoryRegistrar(),
  dispose: async () => {},
}));
