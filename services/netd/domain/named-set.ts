import type { NetworkState } from './attachment.js';
import type { Element, SetType } from './nft.js';

/** A set or map whose elements follow from the state. */
export interface NamedSet extends SetType {
  readonly elements: (state: NetworkState) => readonly Element[];
  /** Elements follow from several attachments together. Those of all other sets follow from one each. */
  readonly crossing?: true;
}
