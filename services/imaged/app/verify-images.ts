import { digestOfFiles } from '../domain/content.js';
import type { Image } from '../domain/image.js';
import { type Layered, neededBy } from '../domain/layers.js';
import type { BuildEvent, Builds } from './builds.js';
import type { Library } from './library.js';
import type { Objects, Stray } from './ports.js';
import type { Report } from './steps.js';

/** An image that was looked at, or what lies in the place of one. */
export interface Verified {
  readonly names: readonly string[];
  readonly digest: string;
  readonly checkedBytes: number;
  /** Sentences for people; none when it is whole. */
  readonly problems: readonly string[];
}

export interface VerifyImagesWorld {
  readonly library: Library;
  readonly objects: Objects;
  readonly builds: Builds<readonly Verified[]>;
}

/** Reads images again and compares them with their digests. Nobody has to wait for it, and nothing is changed. */
export class VerifyImages {
  constructor(private readonly world: VerifyImagesWorld) {}

  /** All images, and all that cannot be read, without `references`. Fails with IMAGE_NOT_FOUND. */
  run(references: readonly string[], signal: AbortSignal): AsyncIterable<BuildEvent<readonly Verified[]>> {
    const start = (report: Report, ended: AbortSignal) => this.#verify(references, report, ended);
    return this.world.builds.follow(`verify ${references.join(' ')}`, '', start, signal);
  }

  async #verify(references: readonly string[], report: Report, signal: AbortSignal): Promise<readonly Verified[]> {
    const { images, strays } = await this.#select(references);
    const verified: Verified[] = strays.map((stray) => this.#unreadable(stray));
    for (const [i, image] of images.entries()) {
      const place = { step: `read ${image.name || image.digest}`, stepNumber: i + 1, stepCount: images.length };
      const tell = (doneBytes: number, totalBytes: number) => report({ ...place, doneBytes, totalBytes });
      const result = await this.#check(image, tell, signal);
      if (result) verified.push(result);
    }
    const damaged = new Set(verified.filter(({ problems }) => problems.length > 0).map(({ digest }) => digest));
    const all: Layered[] = [...images, ...strays];
    const missing = new Set(all.flatMap(({ parent }) => parent ?? []));
    for (const { digest } of all) missing.delete(digest);
    const complete = verified.map((one) => withProblemsBelow(one, all, damaged, missing));
    return complete.sort((a, b) => (a.names.join() < b.names.join() ? -1 : 1));
  }

  /** What was asked for, and what that lies on. */
  async #select(references: readonly string[]): Promise<{ images: readonly Image[]; strays: readonly Stray[] }> {
    const { library, objects } = this.world;
    const images = await library.list('image');
    const strays = await objects.strays();
    if (references.length === 0) return { images, strays };
    const asked = new Set<string | undefined>();
    for (const reference of references) {
      const digest = library.digestFor('image', reference);
      const isThere = [...images, ...strays].some((one) => one.digest === digest);
      if (!isThere) await library.image(reference);
      asked.add(digest);
    }
    const needed = neededBy<Layered>([...images, ...strays], ({ digest }) => asked.has(digest));
    return {
      images: images.filter(({ digest }) => needed.has(digest)),
      strays: strays.filter(({ digest }) => needed.has(digest)),
    };
  }

  #unreadable({ digest, problems }: Stray): Verified {
    return { names: this.world.library.namesOf('image', digest), digest, checkedBytes: 0, problems };
  }

  /** Undefined when it was deleted since it was listed. */
  async #check(
    image: Image,
    tell: (doneBytes: number, totalBytes: number) => void,
    signal: AbortSignal,
  ): Promise<Verified | undefined> {
    const { library } = this.world;
    const { names, digest } = image;
    const opened = await library.openFiles(image);
    if (opened === undefined) return undefined;
    try {
      const totalBytes = opened.files.reduce((sum, { bytes }) => sum + bytes, 0);
      const digests = new Map<string, string>();
      let before = 0;
      for (const file of opened.files) {
        digests.set(file.name, await file.digest(signal, (done) => tell(before + done, totalBytes)));
        before += file.bytes;
      }
      const found = digestOfFiles(image, digests);
      const problems = found === digest ? [] : [`its content has changed: its digest is ${found} by now`];
      return { names, digest, checkedBytes: totalBytes, problems };
    } finally {
      await opened.close();
    }
  }
}

/** An image is no better than what it lies on. */
function withProblemsBelow(
  one: Verified,
  all: readonly Layered[],
  damaged: ReadonlySet<string>,
  missing: ReadonlySet<string>,
): Verified {
  const below = [...neededBy(all, ({ digest }) => digest === one.digest)].slice(1);
  const problems = below.flatMap((digest) => {
    if (missing.has(digest)) return [`it lies on ${digest}, which is gone`];
    return damaged.has(digest) ? [`it lies on ${digest}, which is damaged`] : [];
  });
  return { ...one, problems: [...one.problems, ...problems] };
}
