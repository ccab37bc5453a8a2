import type { GuestData } from '../domain/guest-data.js';
import { requireVm } from './verbs.js';
import type { World } from './world.js';

/** What a VM's guest was told at its creation. */
export function getGuestData(world: World, name: string): GuestData {
  const { environment, userData } = requireVm(world, name).spec;
  return { environment, userData };
}
