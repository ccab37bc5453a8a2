import { join } from 'node:path';
import { removePath } from '../../lib/host/files.js';
import type { ServiceName } from '../../lib/paths.js';
import { bundleDaemon } from '../support/daemon-bundle.js';

/** A service as one program, made of the sources as they are now, in a folder of this test process's own. */
export interface ServiceBundle {
  readonly folder: string;
  readonly program: string;
  build(): Promise<void>;
  remove(): Promise<void>;
}

export function serviceBundle(service: ServiceName): ServiceBundle {
  // Inside the checkout, where the program finds its npm packages.
  const folder = join('.cache', `${service}-test-${process.pid}`);
  return {
    folder,
    program: join(folder, 'main.js'),
    build: () => bundleDaemon(`services/${service}/main.ts`, folder),
    remove: () => removePath(folder),
  };
}
