/** What a hypervisor process uses, and has used since it was launched. Sizes in bytes. */
export interface MachineStats {
  readonly uptimeMs: number;
  /** Processor time of the whole process. */
  readonly cpuMs: number;
  readonly residentBytes: number;
  /** What the guest says of its memory; absent until its balloon driver is up. */
  readonly guestMemory?: GuestMemory;
  /** In the guest's order. */
  readonly disks: readonly DiskStats[];
  /** As the guest sees it. */
  readonly network: NetworkStats;
  /** What else the hypervisor counts, by its own names. */
  readonly counters: Readonly<Record<string, number>>;
}

export interface GuestMemory {
  readonly totalBytes: number;
  readonly availableBytes: number;
  readonly balloonBytes: number;
}

export interface DiskStats {
  readonly name: 'base' | 'overlay' | 'work';
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly readCount: number;
  readonly writeCount: number;
}

export interface NetworkStats {
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly receivedPackets: number;
  readonly sentPackets: number;
}
