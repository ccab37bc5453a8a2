import { type Attachment, checkVmUid } from '../domain/attachment.js';
import { attachmentNotFound } from '../domain/errors.js';
import type { Network } from './network.js';

/** Returns one attachment. */
export function getAttachment({ store }: Network, vmUid: string): Attachment {
  checkVmUid('show an attachment', vmUid);
  const attachment = store.attachment(vmUid);
  if (attachment === undefined) throw attachmentNotFound('show the attachment', vmUid);
  return attachment;
}
