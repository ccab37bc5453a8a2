import { expect, test } from '@jest/globals';
import { hostsSources } from './hosts-line.js';

test.each([
  ['hosts: files dns\n', ['files', 'dns']],
  ['passwd: files\n hosts:\tfiles mdns4_minimal [NOTFOUND=return] dns # x\n', ['files', 'mdns4_minimal', 'dns']],
  ['hosts: mymachines resolve [!UNAVAIL=return] files', ['mymachines', 'resolve', 'files']],
  ['# hosts: nis\n', ['dns', 'files']],
  ['', ['dns', 'files']],
])('%j asks %j', (text, sources) => {
  expect(hostsSources(text)).toEqual(sources);
});
