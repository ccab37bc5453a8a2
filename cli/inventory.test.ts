import { expect, test } from '@jest/globals';
import { Vm, VmState } from '../gen/banger/vmm/v1/vm_service.js';
import { runCommand } from '../lib/host/command.js';
import { banger, serveVmm, web } from '../test/fakes/command-line.js';

const shop = Vm.fromPartial({
  ...web,
  spec: { ...web.spec, labels: { app: 'shop', 'team/x': '', '1st': 'a-b' } },
  status: { ...web.status, sshUser: 'debian' },
});
const fresh = Vm.fromPartial({ name: 'new', uid: 'f', spec: { image: 'debian' }, status: { state: VmState.CREATING } });
const files = { identityFile: `/s/it's`, knownHostsFile: '/s/a b%/known', configFile: '/s/config' };

const serve = () =>
  serveVmm({
    getSshFiles: () => files,
    getVm: ({ name }) => ({ vm: name === 'web' ? shop : undefined }),
    listVms: ({ selector }) => ({ vms: selector === 'app=shop' ? [shop] : [shop, fresh], nextPageToken: '' }),
  });

const varsOfShop = {
  ansible_host: '10.77.0.10',
  ansible_port: 22,
  ansible_user: 'debian',
  ansible_ssh_private_key_file: `/s/it's`,
  ansible_ssh_common_args: `-o IdentitiesOnly=yes -o 'UserKnownHostsFile="/s/a b%%/known"' -o GlobalKnownHostsFile=/dev/null -o HostKeyAlias=web.vm -o StrictHostKeyChecking=yes -o UpdateHostKeys=no`,
  banger_state: 'running',
  banger_image: 'debian',
  banger_labels: { app: 'shop', 'team/x': '', '1st': 'a-b' },
  banger_uid: '0123456789abcdef',
};
const varsOfFresh = { banger_state: 'creating', banger_image: 'debian', banger_labels: {}, banger_uid: 'f' };

test('all hosts with their groups and variables; one without an address is a host without a way to it', async () => {
  await serve();
  const { stdout, stderr, code } = await banger('inventory --list');
  expect({ code, stderr, inventory: JSON.parse(stdout) }).toEqual({
    code: 0,
    stderr: '',
    inventory: {
      _meta: { hostvars: { 'web.vm': varsOfShop, 'new.vm': varsOfFresh } },
      all: {
        children: [
          'image_debian',
          'label_1st',
          'label_1st_a_b',
          'label_app',
          'label_app_shop',
          'label_team_x',
          'state_creating',
          'state_running',
          'ungrouped',
        ],
      },
      image_debian: { hosts: ['web.vm', 'new.vm'] },
      label_1st: { hosts: ['web.vm'] },
      label_1st_a_b: { hosts: ['web.vm'] },
      label_app: { hosts: ['web.vm'] },
      label_app_shop: { hosts: ['web.vm'] },
      label_team_x: { hosts: ['web.vm'] },
      state_creating: { hosts: ['new.vm'] },
      state_running: { hosts: ['web.vm'] },
    },
  });
});

test('those that are chosen, and one host', async () => {
  await serve();
  const { _meta } = JSON.parse((await banger('inventory -l app=shop')).stdout);
  expect(Object.keys(_meta.hostvars)).toEqual(['web.vm']);
  expect(JSON.parse((await banger('inventory --host web.vm')).stdout)).toEqual(varsOfShop);
});

test('the words for ssh are those that a shell and ssh make of them', async () => {
  const script = `eval "set -- ${varsOfShop.ansible_ssh_common_args.replaceAll('"', '\\"')}"; exec ssh -G "$@" web`;
  const { stdout } = await runCommand(['sh', '-c', script]);
  expect(stdout).toContain('userknownhostsfile /s/a b%/known\n');
  expect(stdout).toContain('hostkeyalias web.vm\n');
});
