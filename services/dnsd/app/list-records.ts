import type { ListedRecord } from '../domain/zone.js';
import type { ZoneKeeper } from './zone-keeper.js';

/** The records that are being served, by name. */
export function listRecords(keeper: ZoneKeeper): ListedRecord[] {
  return keeper.zone().records();
}
