import { z } from 'zod';
import { kernelPayloads } from '../domain/bzimage.js';
import { type ImageManifest, imageInits, type ObjectManifest } from '../domain/image.js';
import { kernelEntries } from '../domain/kernel-elf.js';
import { maxLayers } from '../domain/layers.js';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be "sha256:" and 64 hexadecimal digits');
const size = z.number().int().nonnegative();
const common = {
  digest,
  createTime: z.iso.datetime(),
  provenance: z.looseObject({
    source: z.string(),
    suite: z.string(),
    packages: z.array(z.string()),
    inputDigest: z.string(),
  }),
  wantedName: z.string().optional(),
};

/** What a later banger adds to a manifest is kept as it is. */
const imageSchema = z.looseObject({
  kind: z.literal('image'),
  ...common,
  parent: digest.optional(),
  sizeBytes: size,
  init: z.enum(imageInits),
  defaultUser: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be the name of a user'),
});

const manifestSchema = z.discriminatedUnion('kind', [
  imageSchema,
  z.looseObject({
    kind: z.literal('kernel'),
    ...common,
    release: z.string(),
    vmlinuxBytes: size,
    initrdBytes: size,
    initrdFormat: z.number().int().positive().optional(),
    traits: z
      .looseObject({
        entries: z.array(z.enum(kernelEntries)).min(1),
        payload: z.enum(kernelPayloads),
        modules: z.array(z.string()),
      })
      .optional(),
  }),
]);

const exportSchema = z.object({
  format: z.literal(1, 'is not 1: it was written by another version of banger'),
  images: z
    .array(imageSchema)
    .min(1)
    .max(1 + maxLayers)
    .refine(isChain, 'must be one image with all that it lies on, the base first'),
});

function isChain(images: readonly { readonly digest: string; readonly parent?: string }[]): boolean {
  const isDistinct = new Set(images.map(({ digest }) => digest)).size === images.length;
  return isDistinct && images.every(({ parent }, i) => parent === images[i - 1]?.digest);
}

interface Problems {
  readonly problems: readonly string[];
}

/** What stands at the beginning of an archive of an image, or what is wrong with it. */
export function parseExportIndex(text: string): { readonly images: readonly ImageManifest[] } | Problems {
  return parse(exportSchema, text);
}

/** The manifest that a text holds, or what is wrong with it. */
export function parseManifest(text: string): ObjectManifest | Problems {
  return parse(manifestSchema, text);
}

function parse<T>(schema: z.ZodType<T>, text: string): T | Problems {
  const json = parseJson(text);
  if (json === undefined) return { problems: ['is no JSON'] };
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  return { problems: parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
