import { closeSync, openSync, readSync } from 'node:fs';
import { opened, Refusal } from './calls.js';
import type { Drive } from './configuration.js';

/** The files that a machine holds open: from the request on, whatever becomes of their names. */
export class Disks {
  readonly #files = new Map<string, number>();

  /** Opens what a drive names; the drive's former file is let go. */
  openDrive({ drive_id, path_on_host, is_read_only, socket }: Drive): void {
    if (socket && !path_on_host)
      throw new Refusal('Vhost-user backend error: the stand-in speaks to no vhost-user device');
    if (!path_on_host || socket) throw new Refusal('Invalid block config.');
    this.#hold(
      `drive ${drive_id}`,
      opened(
        'Virtio backend error: Error manipulating the backing file:',
        () => openSync(path_on_host, is_read_only ? 'r' : 'r+'),
        ` ${path_on_host}`,
      ),
    );
  }

  openKernel(path: string): void {
    this.#hold(
      'kernel',
      opened('The kernel file cannot be opened:', () => openSync(path, 'r')),
    );
  }

  openInitrd(path: string): void {
    const refusal = 'The initrd file cannot be opened due to invalid path or invalid permissions.';
    this.#hold(
      'initrd',
      opened(refusal, () => openSync(path, 'r')),
    );
  }

  closeDrive(id: string): void {
    closeSync(this.#files.get(`drive ${id}`) ?? -1);
    this.#files.delete(`drive ${id}`);
  }

  /** The first bytes of the kernel, as many as tell its format; undefined when there is no kernel. */
  kernelHead(): Buffer | undefined {
    const fd = this.#files.get('kernel');
    if (fd === undefined) return undefined;
    const head = Buffer.alloc(1024);
    return head.subarray(0, readSync(fd, head, 0, head.length, 0));
  }

  #hold(what: string, fd: number): void {
    const former = this.#files.get(what);
    if (former !== undefined) closeSync(former);
    this.#files.set(what, fd);
  }
}
