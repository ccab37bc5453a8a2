import type { DiskOwner, Disks, SeedEntry } from '../../services/vmm/app/ports.js';
import type { DiskSize } from '../../services/vmm/domain/evidence.js';
import { Faults } from './faults.js';

interface DiskSet {
  overlay?: { sizeMib: number; seed: readonly SeedEntry[] };
  /** `fileMib` is ahead of `fsMib` after the file alone was extended. */
  work?: { fileMib: number; fsMib: number };
}

/** The disks of VMs in memory. */
export class FakeDisks implements Disks {
  readonly sets = new Map<string, DiskSet>();
  readonly faults = new Faults();

  paths(uid: string): { overlay: string; work: string } {
    return { overlay: `/vms/${uid}/overlay.ext4`, work: `/vms/${uid}/work.ext4` };
  }

  async hasOverlay(uid: string): Promise<boolean> {
    return this.sets.get(uid)?.overlay !== undefined;
  }

  async createOverlay(
    { uid }: DiskOwner,
    sizeMib: number,
    seed: readonly SeedEntry[],
    signal?: AbortSignal,
  ): Promise<void> {
    await this.faults.at('createOverlay', signal);
    this.sets.set(uid, { ...this.sets.get(uid), overlay: { sizeMib, seed } });
  }

  async ensureWork({ uid }: DiskOwner, sizeMib: number, signal?: AbortSignal): Promise<void> {
    await this.faults.at('ensureWork', signal);
    const size = Math.max(sizeMib, this.sets.get(uid)?.work?.fileMib ?? 0);
    this.sets.set(uid, { ...this.sets.get(uid), work: { fileMib: size, fsMib: size } });
  }

  async extendWork({ uid }: DiskOwner, sizeMib: number): Promise<void> {
    await this.faults.at('extendWork');
    const set = this.sets.get(uid);
    if (set?.work === undefined) throw new Error(`vm ${uid} has no work disk`);
    set.work.fileMib = Math.max(set.work.fileMib, sizeMib);
  }

  async remove(uid: string): Promise<void> {
    await this.faults.at('remove');
    this.sets.delete(uid);
  }

  /** A mebibyte for each disk. */
  async allocated(uid: string): Promise<number> {
    await this.faults.at('allocated');
    const { overlay, work } = this.sets.get(uid) ?? {};
    return [overlay, work].filter((disk) => disk !== undefined).length * 1024 * 1024;
  }

  /** The files, each of which occupies a mebibyte. */
  sizes(uid: string): DiskSize[] {
    const { overlay, work } = this.sets.get(uid) ?? {};
    const mebibyte = 1024 * 1024;
    return [
      ...(overlay ? [{ name: 'disk', bytes: overlay.sizeMib * mebibyte, allocatedBytes: mebibyte } as const] : []),
      ...(work ? [{ name: 'work disk', bytes: work.fileMib * mebibyte, allocatedBytes: mebibyte } as const] : []),
    ];
  }

  async list(): Promise<string[]> {
    return [...this.sets.keys()];
  }
}
