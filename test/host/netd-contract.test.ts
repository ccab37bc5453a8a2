import { afterAll, beforeAll } from '@jest/globals';
import { NetdNetworks } from '../../services/vmm/peers/netd.js';
import { networksContract } from '../contracts/networks.js';
import { createLab, netdBundle } from './netd-lab.js';

beforeAll(netdBundle.build);
afterAll(netdBundle.remove);

networksContract('netd on this kernel', async () => {
  const lab = await createLab();
  await lab.start();
  const networks = new NetdNetworks(lab.socketPath, 0);
  return {
    networks,
    async dispose() {
      networks.close();
      await lab.releaseAll();
      await lab.dispose();
    },
  };
});
