import { expect, test } from '@jest/globals';
import { parseAptSettings } from './apt-settings.js';

test('nothing is taken over from an ordinary configuration', () => {
  const dump = 'APT "";\nAPT::Architecture "amd64";\nAcquire "";\nAcquire::cdrom::mount "/media/cdrom/";\n';
  expect(parseAptSettings(dump)).toEqual({ options: [], environment: {} });
});

test('a proxy serves the build and the guest; one on this machine serves the build only', () => {
  expect(parseAptSettings('Acquire::http::Proxy "http://proxy.example:3128";\n')).toEqual({
    options: ['Acquire::http::Proxy "http://proxy.example:3128";'],
    environment: { http_proxy: 'http://proxy.example:3128' },
  });
  expect(parseAptSettings('Acquire::https::Proxy "http://127.0.0.1:3142";\n')).toEqual({
    options: [],
    environment: { https_proxy: 'http://127.0.0.1:3142' },
  });
});

test('a mirror that stands still keeps its exemption from expiry', () => {
  expect(parseAptSettings('Acquire::Check-Valid-Until "false";\n').options).toEqual([
    'Acquire::Check-Valid-Until "false";',
  ]);
});
