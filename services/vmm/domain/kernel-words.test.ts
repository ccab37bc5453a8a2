import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type KernelWords, kernelWords } from './kernel-words.js';

const vfs = 'Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)';
const panicking = [
  `[    2.100000] ${vfs}`,
  '[    2.100412] CPU: 0 PID: 1 Comm: swapper/0 Not tainted 6.1.0-56-cloud-amd64 #1  Debian 6.1.170-1',
  '[    2.101000] Call Trace:',
  '[    2.102000]  <TASK>',
  '[    2.104000] Kernel Offset: disabled',
].join('\n');

test.each<[string, string, KernelWords]>([
  ['a power-off', '[    9.123456] reboot: Power down\n', 'power-off'],
  ['one without a switch', '[ 9.123456] reboot: Power off not available: System halted instead\n', 'power-off'],
  ['a halt', '[    9.123456] reboot: System halted\n', 'halt'],
  ['a restart', '[    9.123456] reboot: Restarting system\n', 'restart'],
  ['a restart with words', "[    9.123456] reboot: Restarting system with command 'kexec'\n", 'restart'],
  ['a kernel that says who prints', '[    9.123456][    T1] reboot: Power down\n', 'power-off'],
  ['a terminal’s line ends', 'bye\r\n[    9.123456] reboot: Power down\r\n\r\n', 'power-off'],
  ['a line without its end', 'bye\n[ 1234.123456] reboot: Power down', 'power-off'],
  ['a login prompt before it', 'web login: [    9.123456] reboot: System halted\n', 'halt'],
  ['a shell prompt before it', 'root@web:~# [    9.123456] reboot: System halted\n', 'halt'],
  ['a panic', `starting\n[    1.9] no stamp\n${panicking}\n`, { panic: vfs }],
  ['a panic, cut short', `starting\n[    2.100000] ${vfs}\n[    2.1004`, { panic: vfs }],
  ['a panic, restarting', `${panicking}\n[    2.104000] Rebooting in 1 seconds..\n`, { panic: vfs }],
  ['a panic, stamped out of order', `[    2.100009] ${vfs}\n[    2.100001] CPU: 0\n`, { panic: vfs }],
  ['the end of a panic alone', `[    9.123456] ---[ end ${vfs} ]---\n`, { panic: vfs }],
  ['a panic behind a prompt', `web login: [    2.100000] ${vfs}\n`, { panic: vfs }],
  ['a power-off after a panic', `${panicking}\nboot\n[    1.000000] reboot: Power down\n`, 'power-off'],
])('%s is heard', (_what, text, words) => {
  expect(kernelWords(text)).toEqual(words);
});

test.each([
  ['nothing', ''],
  ['a guest that runs', 'banger: starting /sbin/init\nweb login: '],
  ['other lines of the kernel', '[    0.000000] Linux version 6.1.0-56-cloud-amd64\n'],
  ['half a word', '[    9.123456] reboot: Power do'],
  ['words without a stamp', 'reboot: Power down\n'],
  ['a stamp without fractions', '[    9] reboot: Power down\n'],
  ['a log that a user shows', 'Nov 23 10:00:00 web kernel: [    9.123456] reboot: Power down\n'],
  ['a power-off that something follows', '[    9.123456] reboot: Power down\nweb login: '],
  ['a panic that the next boot follows', `${panicking}\nbanger: starting /sbin/init\n`],
  ['a panic before the clock went back', `[   50.000000] ${vfs}\n[    0.100000] Linux version 6.1\n`],
])('%s is no end', (_what, text) => {
  expect(kernelWords(text)).toBeUndefined();
});

test('whatever came before, the last line of a console decides', () => {
  const ends = new Map<string, KernelWords>([
    ['reboot: Power down', 'power-off'],
    ['reboot: System halted', 'halt'],
    ['reboot: Restarting system', 'restart'],
  ]);
  const noise = fc.array(fc.oneof(fc.string(), fc.constantFrom(panicking, ...ends.keys())));
  const separator = fc.constantFrom('\n', '\r\n');
  fc.assert(
    fc.property(noise, separator, fc.constantFrom(...ends.keys()), (before, end, words) => {
      const text = [...before, `[  123.456789] ${words}`].join(end);
      expect(kernelWords(text)).toBe(ends.get(words));
      expect(kernelWords(text + end)).toBe(ends.get(words));
      expect(kernelWords(`${text}${end}web login: `)).toBeUndefined();
    }),
  );
});
