import { z } from 'zod';

const wholeSeconds = z.number().int();

/** The section [vmm] of the configuration. */
export const configSchema = z.strictObject({
  /** What runs VMs that do not say it: "any" takes the best that works on this host. */
  hypervisor: z.enum(['any', 'firecracker', 'qemu']).default('any'),
  /** The Firecracker program, by name or path. */
  firecracker: z.string().min(1).default('firecracker'),
  /** The jailer of Firecracker's release, by name or path. */
  jailer: z.string().min(1).default('jailer'),
  /** Whether Firecracker is put in a jail: "auto" where it can be, "on" there or not at all. */
  jail: z.enum(['auto', 'on', 'off']).default('auto'),
  /** The lowest of the users that jailed hypervisors run as. Each VM has its own: users and groups of people lie lower. */
  first_jail_uid: z.number().int().min(1000).max(2_147_000_000).default(600_000),
  /** The QEMU program, by name or path. */
  qemu: z.string().min(1).default('qemu-system-x86_64'),
  /** How guests run: "auto" takes KVM where a guest boots on it, and QEMU's software emulation elsewhere. */
  acceleration: z.enum(['auto', 'kvm', 'tcg']).default('auto'),
  /** How long a guest may take from the launch of its hypervisor until it answers, in seconds. */
  boot_timeout_seconds: wholeSeconds.min(1).max(3600).default(180),
  /** How long a VM's start waits for netd or imaged to come back, in seconds. */
  peer_timeout_seconds: wholeSeconds.min(1).max(3600).default(120),
  /** The size in MiB from which a console log is cut; up to twice as much is kept. */
  console_log_mib: z.number().int().min(1).max(1024).default(4),
  /** How long a deleted VM can be restored, in hours of the host's running time; 0 for no trash. */
  trash_hours: z.number().min(0).max(87_600).default(24),
  /** How much deleted VMs may take up on the disk, in MiB; the oldest go first. */
  trash_mib: z.number().int().min(0).max(1_073_741_824).default(10_240),
});

export type VmmConfig = z.infer<typeof configSchema>;
