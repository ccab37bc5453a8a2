import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../testing/temp-folder.js';
import { findDefaultRoute } from './default-route.js';
import { writeFile } from './files.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeEach(async () => {
  folder = await tempFolder();
});
afterEach(() => folder.remove());

const header = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';
const route = (link: string, destination: string, gateway: string, mask: string) =>
  `${link}\t${destination}\t${gateway}\t0003\t0\t0\t0\t${mask}\t0\t0\t0\n`;

test.each([
  ['none', '', undefined],
  ['one by a router', route('eth0', '00000000', '010200C0', '00000000'), { link: 'eth0', gateway: '192.0.2.1' }],
  ['one without a router', route('tun0', '00000000', '00000000', '00000000'), { link: 'tun0', gateway: undefined }],
  ['half of everything', route('tun0', '00000000', '010200C0', '00000080'), undefined],
  [
    'one after others',
    route('lan', '000A000A', '00000000', '00FFFFFF') + route('eth1', '00000000', 'FE01A8C0', '00000000'),
    { link: 'eth1', gateway: '192.168.1.254' },
  ],
])('%s', async (_, text, expected) => {
  const path = join(folder.path, 'route');
  await writeFile(path, header + text);
  expect(await findDefaultRoute(path)).toEqual(expected);
});
