import { parseIpv4 } from '../../../lib/ip/ipv4.js';
import { contains } from '../domain/ipv4.js';
import { type VmEvent, VmProjection } from '../domain/projection.js';
import { ipv4ReversePool, ipv6ReversePool, type ReversePool, reversePath } from '../domain/reverse-zone.js';
import { Zone } from '../domain/zone.js';
import type { GuestNetwork } from './ports.js';

/** Holds the zone that is being served, and makes the next one when the VMs or the pool have changed. */
export class ZoneKeeper {
  readonly #projection = new VmProjection();
  readonly #waiting = new Set<() => void>();
  #network: GuestNetwork | undefined;
  #zone: Zone;
  #changeTime: Date;
  #synced = false;

  constructor(private readonly now: () => Date = () => new Date()) {
    this.#changeTime = now();
    this.#zone = this.#makeZone(this.#nextSerial(0));
  }

  zone(): Zone {
    return this.#zone;
  }

  network(): GuestNetwork | undefined {
    return this.#network;
  }

  /** Whether an address can be a guest's: in the pool, and not ours. */
  isGuest(address: string): boolean {
    const number = parseIpv4(address);
    if (number === undefined || this.#network === undefined) return false;
    return address !== this.#network.gateway && contains(this.#network.pool, number);
  }

  /** Whether the zone follows vmm at this moment. */
  synced(): boolean {
    return this.#synced;
  }

  changeTime(): Date {
    return this.#changeTime;
  }

  /** How many VMs have a name. */
  vmCount(): number {
    return this.#projection.names()?.size ?? 0;
  }

  /** The VM that has an address now. */
  vmAt(address: string): string | undefined {
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    const path = reversePath(family, address);
    const found = path === undefined ? undefined : this.#projection.names()?.pointer(family, path);
    return found === 'empty' ? undefined : found?.vm.name;
  }

  /** Resolves at the next change of the zone or the network, or when the signal aborts. */
  nextChange(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const settle = () => {
        signal.removeEventListener('abort', settle);
        this.#waiting.delete(settle);
        resolve();
      };
      signal.addEventListener('abort', settle, { once: true });
      this.#waiting.add(settle);
    });
  }

  beginWatch(): void {
    this.#projection.begin();
  }

  apply(event: VmEvent): void {
    const changed = this.#projection.apply(event);
    if (event.kind === 'synced') this.#synced = true;
    if (changed) this.#renew();
  }

  /** The watch is over. What was seen last stays. */
  endWatch(): void {
    this.#synced = false;
  }

  setNetwork(network: GuestNetwork): void {
    const before = this.#network;
    this.#network = network;
    if (before === undefined || !samePools(before, network)) this.#renew();
    else if (before.gateway !== network.gateway) this.#tell();
  }

  #renew(): void {
    this.#changeTime = this.now();
    this.#zone = this.#makeZone(this.#nextSerial(this.#zone.serial));
    this.#tell();
  }

  #makeZone(serial: number): Zone {
    const pools = this.#network && reversePools(this.#network);
    return new Zone({ serial, names: this.#projection.names(), pools });
  }

  #tell(): void {
    for (const settle of [...this.#waiting]) settle();
  }

  /** Seconds since 1970, or one more than before: grows over restarts without a memory. */
  #nextSerial(previous: number): number {
    return Math.max(previous + 1, Math.floor(this.now().getTime() / 1000));
  }
}

function reversePools({ pool, ipv6Pool }: GuestNetwork): ReversePool[] {
  return [ipv4ReversePool(pool), ...(ipv6Pool ? [ipv6ReversePool(ipv6Pool)] : [])];
}

function samePools(a: GuestNetwork, b: GuestNetwork): boolean {
  return JSON.stringify(reversePools(a)) === JSON.stringify(reversePools(b));
}
