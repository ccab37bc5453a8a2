import type { TomlPath } from '../../lib/toml-lines.js';
import type { VmShape } from './shape.js';

/** What a file asks for. */
export interface Project {
  /** Empty for VMs that are marked by nothing. */
  readonly name: string;
  readonly images: readonly WantedImage[];
  readonly vms: readonly WantedVm[];
}

export interface WantedVm {
  readonly name: string;
  readonly shape: VmShape;
}

/** An image that shall be there, and how it is made when it is not. */
export interface WantedImage {
  readonly name: string;
  readonly how: 'recipe' | 'import';
  /** A recipe's name or path, or what is imported, as the file says it. */
  readonly source: string;
  /** Of an import: what the source is; empty to find out. */
  readonly kind: string;
}

/** A mistake at a path of the file. */
export interface Mistake {
  readonly path: TomlPath;
  readonly description: string;
}
