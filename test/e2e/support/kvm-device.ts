import { runCommand } from '../../../lib/host/command.js';
import { ensureFolder, open } from '../../../lib/host/files.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';

/** A `/dev/kvm` that opens, which is all that the stand-in needs of it. */
export interface KvmDevice {
  remove(): Promise<void>;
}

/**
 * The host's own device, or where it has none a file in its place, in a `/dev` that only this process and its children see.
 * Fails outside a mount namespace of its own, such as `npm test` gives to each suite: the host's `/dev` is not ours.
 */
export async function kvmDevice(): Promise<KvmDevice> {
  if (await opens('/dev/kvm')) return { remove: async () => undefined };
  if (process.env.BANGER_TEST_NAMESPACES !== 'own')
    throw new Error('there is no /dev/kvm here, and no mount namespace to make one in; run the suite by `npm test`');
  const { path, remove } = await tempFolder();
  await runCommand(['mount', '-t', 'tmpfs', 'tmpfs', path]);
  const [upper, work] = [`${path}/upper`, `${path}/work`];
  await Promise.all([upper, work].map((folder) => ensureFolder(folder)));
  // The numbers of /dev/null.
  await runCommand(['mknod', '--mode=666', `${upper}/kvm`, 'c', '1', '3']);
  const layers = `lowerdir=/dev,upperdir=${upper},workdir=${work}`;
  await runCommand(['mount', '-t', 'overlay', '-o', layers, 'overlay', '/dev']);
  return {
    async remove() {
      // This process may have files of it open.
      for (const mount of ['/dev', path]) await runCommand(['umount', '--lazy', mount]);
      await remove();
    },
  };
}

function opens(path: string): Promise<boolean> {
  return open(path, 'r+').then(
    (device) => device.close().then(() => true),
    () => false,
  );
}
