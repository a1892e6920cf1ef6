/** For whom root writes what it adds. */
import { userEntry } from '../identity.ts';
import type { Surroundings } from './install.ts';

/** @throws E_IDENTITY where the configuration's user is not on this machine */
export async function ownerOf(user: string): Promise<Pick<Surroundings, 'owner'>> {
  if (process.getuid?.() !== 0 || user === 'root') return {};
  const { uid, gid } = await userEntry(user);
  return { owner: { uid, gid } };
}
