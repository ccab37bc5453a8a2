import { importSourceNotFound, importSourceUnknown } from '../domain/errors.js';
import type { Image } from '../domain/image.js';
import { type AskedSource, type ImportKind, type ImportSource, recogniseSource } from '../domain/import-source.js';
import type { BuildEvent, Builds } from './builds.js';
import type { SourceFinder, Work } from './ports.js';
import type { Report } from './steps.js';

export interface ImportImageRequest {
  readonly asked: AskedSource;
  /** The source as the caller wrote it. */
  readonly text: string;
  readonly name: string;
}

/** What to import, under which name, and the source as the caller wrote it. */
export interface ImportOrder<S extends ImportSource> {
  readonly source: S;
  readonly text: string;
  readonly name: string;
}

/** Imports sources of one kind. */
export interface Importer<S extends ImportSource> {
  run(order: ImportOrder<S>, report: Report, signal: AbortSignal): Promise<Image>;
}

/** Who imports what. */
type Importers = { readonly [K in ImportKind]: Importer<Extract<ImportSource, { kind: K }>> };

export interface ImportImageWorld {
  readonly sources: SourceFinder;
  readonly importers: Importers;
  readonly builds: Builds<Image>;
}

/** Makes an image of what another tool has made: finds out what it is, and gives it to who knows that kind. */
export class ImportImage {
  constructor(private readonly world: ImportImageWorld) {}

  run(request: ImportImageRequest, signal: AbortSignal): AsyncIterable<BuildEvent<Image>> {
    const { name, text, asked } = request;
    const start = (report: Report, ended: AbortSignal) => this.#import(request, report, ended);
    return this.world.builds.follow(`image ${name}`, `import ${asked.kind ?? ''} ${text}`, start, signal);
  }

  async #import({ asked, text, name }: ImportImageRequest, report: Report, signal: AbortSignal): Promise<Image> {
    const source = await this.#find(asked, { tell: () => undefined, signal });
    // The table has for each kind the importer of that kind; the compiler cannot follow it through an index.
    const importer = this.world.importers[source.kind] as Importer<ImportSource>;
    return importer.run({ source, text, name }, report, signal);
  }

  async #find(asked: AskedSource, work: Work): Promise<ImportSource> {
    if (!('path' in asked)) return asked;
    const seen = await this.world.sources.see(asked.path, work);
    if (seen.type === 'nothing') throw importSourceNotFound(asked.path);
    if ('tag' in asked) return asked;
    const found = recogniseSource(asked, seen);
    if (!found) throw importSourceUnknown(asked.path, asked.kind);
    return found;
  }
}
