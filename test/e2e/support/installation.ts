import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { runCommand } from '../../../lib/host/command.js';
import {
  chmod,
  copyFile,
  ensureFolder,
  readdir,
  readFile,
  removePath,
  rename,
  symlink,
  writeFile,
} from '../../../lib/host/files.js';
import { serviceNames } from '../../../lib/paths.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';

/** A banger of its own, in which one build takes another's place, as an upgrade does. */
export interface Installation {
  readonly program: string;
  /** Replaces what is installed by the checkout's build under another id, with `changes` made to it. */
  install(buildId: string, ...changes: readonly Change[]): Promise<void>;
  remove(): Promise<void>;
}

/** Something done to a build's dist/ before it is installed. */
type Change = (dist: string) => Promise<void>;

const daemons = ['supervisor', ...serviceNames.map((name) => `services/${name}`)].map((each) => `${each}/main.cjs`);

export async function createInstallation(buildId: string): Promise<Installation> {
  const folder = await tempFolder();
  const dist = join(folder.path, 'dist');
  await ensureFolder(join(folder.path, 'bin'));
  for (const name of ['banger', 'bangerd', 'check-node.js', 'package.json']) {
    await copyFile(resolve('bin', name), join(folder.path, 'bin', name));
  }
  await chmod(folder.path, 0o755);
  await copyFile('package.json', join(folder.path, 'package.json'));
  await symlink(resolve('node_modules'), join(folder.path, 'node_modules'));
  const install = async (id: string, ...changes: readonly Change[]) => {
    const fresh = `${dist}.new`;
    await runCommand(['cp', '-a', resolve('dist'), fresh]);
    const pieces = (await readdir(join(fresh, 'cli'))).filter((name) => /\.c?js$/.test(name));
    for (const name of [...daemons, ...pieces.map((piece) => `cli/${piece}`)]) await giveId(join(fresh, name), id);
    for (const change of changes) await change(fresh);
    await removePath(`${dist}.old`);
    await rename(dist, `${dist}.old`).catch(() => undefined);
    await rename(fresh, dist);
  };
  await install(buildId);
  return { program: join(folder.path, 'bin/banger'), install, remove: () => folder.remove() };
}

/** Gives a built program another build id. */
async function giveId(path: string, id: string): Promise<void> {
  const own = (await readFile('dist/cli/main.cjs', 'utf8')).slice(3, 15);
  await writeFile(path, (await readFile(path, 'utf8')).replaceAll(own, id));
}

/** A vmm whose database has one more migration. */
export const withNewerSchema: Change = async (dist) => {
  const store = resolve('services/vmm/store/vm-store.ts');
  const more = "(migrations as unknown[]).push({ name: 'newer', sql: 'CREATE TABLE newer (name TEXT)' });";
  await build({
    ...{ bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' },
    entryPoints: ['services/vmm/main.ts'],
    outfile: join(dist, 'services/vmm/main.js'),
    allowOverwrite: true,
    plugins: [
      {
        name: 'newer schema',
        setup: ({ onLoad }) =>
          onLoad({ filter: /vm-store\.ts$/ }, async () => ({
            contents: `${await readFile(store, 'utf8')}\n${more}`,
            loader: 'ts',
          })),
      },
    ],
  });
};

/** A dnsd that ends as it loads. */
export const withBrokenDnsd: Change = async (dist) => {
  await writeFile(join(dist, 'services/dnsd/main.js'), "throw new Error('a file of the build is missing');\n");
};
