import { truncate } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { imageInits } from '../../services/imaged/domain/image.js';
import { bootAlone, createMachine, gateway, hostname, type Machine, timeoutMs } from './boot-lab.js';

/** What imaged builds, booted for real: each init in turn, on one machine of which the tests of a group share the boot. */

test('the probe says that the kernel boots here, and powers off', async () => {
  expect(await bootAlone('banger.probe=1')).toMatch(/^banger-probe-ok\r?$/m);
});

test('a machine without its disks says why it cannot boot, and powers off', async () => {
  expect(await bootAlone()).toContain('banger: cannot boot: there is no disk /dev/vda');
});

describe.each(imageInits)('%s init', (init) => {
  let machine: Machine;

  beforeAll(async () => {
    machine = await createMachine();
    await machine.boot(init);
  }, timeoutMs);

  afterAll(() => machine.dispose());

  test('it runs as process 1, and nothing has failed', async () => {
    const first = await machine.run('cat /proc/1/comm');
    expect(first === 'systemd').toBe(init === 'system');
    if (init === 'system') {
      await machine.run('systemctl is-system-running --wait');
      expect(await machine.run('systemctl --failed --no-legend')).toBe('');
    }
    const said = (await machine.consoleText()).match(/banger: .*\S/g);
    expect(said).toEqual([`banger: starting ${init === 'system' ? '/sbin/init' : '/usr/lib/banger/light-init'}`]);
  });

  test('the machine is who its own disk says', async () => {
    expect(await machine.run('hostname')).toBe(hostname);
    expect(await machine.run('cat /etc/machine-id')).toBe('0123456789abcdef'.repeat(2));
    expect(await machine.run('cat /etc/resolv.conf')).toBe(`nameserver ${gateway}`);
    expect(await machine.run('ls /etc/ssh/ssh_host_*_key')).toBe('/etc/ssh/ssh_host_ed25519_key');
    expect(await machine.run('ip -4 -brief address show eth0')).toContain('10.77.0.10/32');
    expect(await machine.run('ip route show default')).toContain(`default via ${gateway} dev eth0`);
  });

  test('nobody gets in with a password, and nothing is said but what was asked for', async () => {
    expect(await machine.run('cut -d: -f1,2 /etc/shadow | grep -v ":[*!]"; true')).toBe('');
    expect((await machine.attempt('true')).stdout).toBe('');
    expect(await machine.run('echo "$LANG"')).toBe('C.UTF-8');
  });

  test('the work disk is there, and the tools that a small server needs', async () => {
    expect(await machine.run('findmnt -n -o SOURCE,FSTYPE /work')).toMatch(/^\/dev\/vdc\s+ext4$/);
    const tools = 'apt-get curl ip ping ps less nano resize2fs mkfs.ext4 busybox';
    await machine.run(`for tool in ${tools}; do command -v "$tool" || exit 1; done`);
  });

  test('the drivers of both hypervisors are loaded', async () => {
    const drivers = ['virtio_blk', 'virtio_net', 'virtio_rng', 'virtio_balloon', 'vmw_vsock_virtio_transport'];
    const paths = [...drivers.map((driver) => `virtio/drivers/${driver}`), 'platform/drivers/virtio-mmio'];
    await machine.run(`cd /sys/bus && ls -d ${paths.join(' ')} pci/drivers/virtio-pci serio/drivers/atkbd`);
  });

  test('its own disk grows while it runs', async () => {
    await truncate(machine.overlay, 2 * 1024 ** 3);
    await machine.qmp('block_resize', { device: 'overlay', size: 2 * 1024 ** 3 });
    const grow = async () => (await machine.attempt('resize2fs /dev/vdb')).exitCode === 0;
    await pollUntil(grow, { what: 'the disk has grown', timeoutMs });
    expect(Number(await machine.run('df --output=size -B1M / | tail -1'))).toBeGreaterThan(1800);
  });

  test('reboot comes back in place, with what was written', async () => {
    await machine.run('echo kept >/root/kept; echo kept >/work/kept');
    const before = await machine.run('cat /proc/sys/kernel/random/boot_id');
    await machine.attempt('reboot');
    const rebooted = async () => {
      await machine.answers();
      const { exitCode, stdout } = await machine.attempt('cat /proc/sys/kernel/random/boot_id');
      return exitCode === 0 && stdout.trim() !== before;
    };
    await pollUntil(rebooted, { what: 'the machine has rebooted', timeoutMs });
    expect(await machine.run('cat /root/kept /work/kept')).toBe('kept\nkept');
  });

  test('the power button powers off, and leaves the disk clean', async () => {
    await machine.run('echo "saved at the last moment" >/root/late');
    await machine.qmp('system_powerdown');
    await machine.ended();
    await expectCleanDisk(machine);
  });

  test('a second boot keeps the data, and Ctrl-Alt-Del resets in order', async () => {
    await machine.boot(init);
    expect(await machine.run('cat /root/late')).toBe('saved at the last moment');
    await machine.run('echo "typed at the last moment" >/root/late');
    // As under Firecracker, whose process a reset ends.
    await machine.qmp('set-action', { reboot: 'shutdown' });
    await machine.qmp('send-key', { keys: ctrlAltDelete });
    await machine.ended();
    expect(await machine.consoleText()).toContain('reboot: Restarting system');
    await expectCleanDisk(machine);
  });

  test('a third boot keeps the data, and poweroff ends the machine', async () => {
    await machine.boot(init);
    expect(await machine.run('cat /root/late')).toBe('typed at the last moment');
    await machine.attempt('poweroff');
    await machine.ended();
    expect(await machine.consoleText()).toContain('reboot: Power down');
  });
});

const ctrlAltDelete = ['ctrl', 'alt', 'delete'].map((data) => ({ type: 'qcode', data }));

/** That it was unmounted, not cut off: nothing is to be replayed or repaired. */
async function expectCleanDisk({ overlay }: Machine): Promise<void> {
  const { stdout } = await runCommand(['dumpe2fs', '-h', overlay]);
  expect(stdout).toMatch(/Filesystem state:\s+clean/);
  expect(stdout).not.toContain('needs_recovery');
  await runCommand(['e2fsck', '-f', '-n', overlay]);
}
