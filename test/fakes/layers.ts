import type { DiskOwner, Layers } from '../../services/vmm/app/ports.js';
import { Faults } from './faults.js';

/** Layers in the making, in memory: whose they are, and what was taken out. */
export class FakeLayers implements Layers {
  readonly files = new Map<string, { readonly of: string; readonly without: readonly string[] }>();
  readonly faults = new Faults();
  #made = 0;

  async create(): Promise<string> {
    return `/layers/${++this.#made}.ext4`;
  }

  async copy({ name }: DiskOwner, layer: string, signal?: AbortSignal): Promise<void> {
    this.files.set(layer, { of: name, without: [] });
    await this.faults.at('copy', signal);
  }

  async finish(layer: string, { name }: DiskOwner, without: readonly string[], signal?: AbortSignal): Promise<void> {
    await this.faults.at('finish', signal);
    this.files.set(layer, { of: name, without });
  }

  async discard(layer: string): Promise<void> {
    this.files.delete(layer);
  }
}
