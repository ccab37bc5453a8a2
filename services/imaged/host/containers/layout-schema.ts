import { z } from 'zod';

/** The parts of OCI's image layout that are read: https://github.com/opencontainers/image-spec. */

const descriptor = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.number().int().min(0),
});

export type Descriptor = z.infer<typeof descriptor>;

export const indexSchema = z.object({ manifests: z.tuple([z.looseObject(descriptor.shape)]) });

export const manifestSchema = z.object({ config: descriptor, layers: z.array(descriptor).max(1000) });

const strings = z.record(z.string(), z.string()).nullish();
const words = z.array(z.string()).nullish();

export const configSchema = z.object({
  architecture: z.string(),
  os: z.string(),
  config: z
    .object({
      User: z.string().nullish(),
      Env: words,
      Entrypoint: words,
      Cmd: words,
      WorkingDir: z.string().nullish(),
      Labels: strings,
    })
    .nullish(),
});
