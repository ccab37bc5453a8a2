/**
 * How long this host has been running while a vmm of this state was there to be told, counted by the kernel's clock since
 * boot. The wall clock may jump by years, and a host may be off for weeks: neither makes anything older here. Pure.
 */

/** What the kernel says now. */
export interface BootReading {
  /** Tells one boot of the host from another. */
  readonly bootId: string;
  /** Milliseconds since that boot, time asleep included. */
  readonly uptimeMs: number;
}

/** The count as it was recorded, with the reading that it goes with. */
export interface HostTime extends BootReading {
  readonly upMs: number;
}

/** The count at a reading. After another boot only the time since that boot is added: before it the host was off. */
export function hostTimeAt(recorded: HostTime | undefined, { bootId, uptimeMs }: BootReading): HostTime {
  if (recorded === undefined) return { bootId, uptimeMs, upMs: 0 };
  // A container that starts anew may see its uptime begin anew within one boot.
  const goesOn = recorded.bootId === bootId && recorded.uptimeMs <= uptimeMs;
  return { bootId, uptimeMs, upMs: recorded.upMs + (goesOn ? uptimeMs - recorded.uptimeMs : uptimeMs) };
}
