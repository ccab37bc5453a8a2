import { z } from 'zod';

/** The section [imaged]. */
export const configSchema = z.strictObject({
  /** Where images and kernels are kept: an absolute path. Empty: `imaged` in the state directory. */
  store_dir: z
    .string()
    .regex(/^(\/.*)?$/, 'must be an absolute path')
    .default(''),
  /** The distribution's package of the kernel for guests, or one that depends on it. */
  kernel_package: z
    .string()
    .regex(/^linux-image-[a-z0-9.+-]+$/, 'must be the name of a package that starts with "linux-image-"')
    .default('linux-image-cloud-amd64'),
  /** How much of the disk the results of build steps may take, in MiB. 0 keeps none. */
  step_cache_mib: z
    .int('must be a whole number')
    .min(0, 'must be at least 0')
    .max(1024 * 1024, 'must be at most 1048576')
    .default(4096),
});

export type ImagedConfig = z.infer<typeof configSchema>;
