import { z } from 'zod';

const milliseconds = (lowest: number, highest: number) => z.number().int().min(lowest).max(highest);

/** The section `supervisor` of the configuration. */
export const configSchema = z.strictObject({
  /** The pause before a service that ended is started again, for the first time; in milliseconds. It doubles each time. */
  backoff_initial_ms: milliseconds(10, 60_000).default(200),
  /** The longest such pause. */
  backoff_max_ms: milliseconds(10, 600_000).default(30_000),
  /** A service that was healthy this long begins with the shortest pause again. */
  backoff_reset_ms: milliseconds(0, 3_600_000).default(60_000),
  /** A service that is not healthy after this long is ended and started again. */
  start_timeout_ms: milliseconds(1_000, 600_000).default(60_000),
  /** How often a healthy service is asked whether it still is; three misses in a row end it. */
  health_interval_ms: milliseconds(100, 60_000).default(5_000),
  /** How long a service may take to stop before it is killed. */
  stop_grace_ms: milliseconds(100, 600_000).default(15_000),
  /** A log that is larger than this is moved to `NAME.log.1`, in bytes. */
  log_max_bytes: z.number().int().min(65_536).default(8_388_608),
  /**
   * Whether services run as users of their own: "auto" where those are, "strict" there or not at all, "off" as root, each
   * with all rights. A supervisor that is not root's has no choice.
   */
  privileges: z.enum(['auto', 'strict', 'off']).default('auto'),
});

export type SupervisorConfig = z.infer<typeof configSchema>;
