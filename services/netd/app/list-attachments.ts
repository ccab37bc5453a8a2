import type { Attachment } from '../domain/attachment.js';
import type { Network } from './network.js';

/** Returns all attachments, by address. */
export function listAttachments({ store }: Network): readonly Attachment[] {
  return store.state().attachments;
}
