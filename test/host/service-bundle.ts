import { join } from 'node:path';
import { runCommand } from '../../lib/host/command.js';
import { removePath } from '../../lib/host/files.js';
import type { ServiceName } from '../../lib/paths.js';

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
  const program = join(folder, 'main.js');
  const options = ['--bundle', '--platform=node', '--format=esm', '--packages=external', `--outfile=${program}`];
  return {
    folder,
    program,
    async build() {
      const argv = ['node_modules/.bin/esbuild', `services/${service}/main.ts`, '--log-level=warning', ...options];
      await runCommand(argv);
    },
    remove: () => removePath(folder),
  };
}
