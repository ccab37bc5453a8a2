import type { MachineEnd } from '../../app/ports.js';
import type { OwnEnd } from '../../domain/restart.js';

/** QEMU's event SHUTDOWN: whether the guest caused it, and how. */
export interface Shutdown {
  readonly guest?: boolean;
  /** Such as guest-shutdown, guest-reset, host-qmp-quit, host-signal: ShutdownCause of QEMU. */
  readonly reason?: string;
}

export interface EndFacts {
  /** Undefined when the event was not heard. */
  readonly shutdown: Shutdown | undefined;
  readonly endedByUs: boolean;
  /** What the guest's kernel said of its end. */
  readonly said: OwnEnd | undefined;
  /** The end of what QEMU itself wrote. */
  readonly lastWords: string;
}

/** Why a QEMU process ended. A panicked guest resets itself: only its words tell that from a reboot. */
export function endOf({ shutdown, endedByUs, said, lastWords }: EndFacts): MachineEnd {
  if (shutdown?.guest) {
    if (shutdown.reason === 'guest-shutdown') return { cause: 'powered-off' };
    return said?.cause === 'panicked' ? said : { cause: 'rebooted' };
  }
  if (endedByUs) return { cause: 'ended' };
  if (shutdown) return { cause: 'crashed', detail: `something else ended it (${shutdown.reason})` };
  return said ?? { cause: 'crashed', detail: lastWords };
}
