import { expect, test } from '@jest/globals';
import type { LaunchPlan } from '../../app/ports.js';
import { VmPaths } from '../vm-paths.js';
import { JailedHome, PlainHome } from './home.js';
import { Jails } from './jail.js';

const uid = '0123456789abcdef';
/** Nothing can be made below a file. */
const long = (name: string) => `/dev/null/${name.repeat(80)}`;
const paths = new VmPaths(long('s'), long('r'));

test.each([
  ['outside a jail', new PlainHome(uid, paths), 'BANGER_RUN_DIR'],
  [
    'in a jail',
    new JailedHome(`${paths.jails}/firecracker/${uid}/root`, uid, paths, new Jails(paths.jails)),
    'BANGER_STATE_DIR',
  ],
])('a socket %s whose path is too long: what is to be set', async (_where, home, setting) => {
  await expect(home.prepare({} as LaunchPlan)).rejects.toMatchObject({
    reason: 'SOCKET_PATH_TOO_LONG',
    message: expect.stringContaining(setting),
  });
});
