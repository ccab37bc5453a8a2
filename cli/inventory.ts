import type { GetSshFilesResponse, Vm } from '../gen/banger/vmm/v1/vm_service.js';
import { stateOf } from './views/vm.js';

/** VMs as a dynamic inventory of Ansible: its developer guide, "Developing dynamic inventory". Pure. */

interface HostVars {
  readonly [name: string]: unknown;
}

/** All hosts, in groups by state, image and label; a group has no host twice. */
export interface Inventory {
  readonly _meta: { readonly hostvars: Readonly<Record<string, HostVars>> };
  readonly [group: string]: unknown;
}

export function inventoryOf(vms: readonly Vm[], files: GetSshFilesResponse): Inventory {
  const groups = new Map<string, Set<string>>();
  for (const vm of vms) {
    for (const name of groupsOf(vm)) groups.set(name, (groups.get(name) ?? new Set()).add(hostOf(vm)));
  }
  const members = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, hosts]) => [name, { hosts: [...hosts] }]);
  return {
    _meta: { hostvars: Object.fromEntries(vms.map((vm) => [hostOf(vm), hostVars(vm, files)])) },
    all: { children: ['ungrouped', ...groups.keys()].sort() },
    ...Object.fromEntries(members),
  };
}

/** What Ansible is told of one host. A VM without an address has no way to it. */
export function hostVars(vm: Vm, files: GetSshFilesResponse): HostVars {
  const { status, spec, name, uid } = vm;
  return {
    ...(status?.ipv4Address && {
      ansible_host: status.ipv4Address,
      ansible_port: 22,
      ansible_user: status.sshUser || 'root',
      ansible_ssh_private_key_file: files.identityFile,
      ansible_ssh_common_args: commonArguments(`${name}.vm`, files),
    }),
    banger_state: stateOf(vm),
    banger_image: spec?.image ?? '',
    banger_labels: spec?.labels ?? {},
    banger_uid: uid,
  };
}

/** As one text, that Ansible splits as a shell would. */
function commonArguments(alias: string, { knownHostsFile }: GetSshFilesResponse): string {
  const settings = [
    'IdentitiesOnly=yes',
    `UserKnownHostsFile="${knownHostsFile.replaceAll('%', '%%')}"`,
    'GlobalKnownHostsFile=/dev/null',
    `HostKeyAlias=${alias}`,
    'StrictHostKeyChecking=yes',
    'UpdateHostKeys=no',
  ];
  return settings.map((setting) => `-o ${word(setting)}`).join(' ');
}

function word(text: string): string {
  return /^[\w=./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}

const hostOf = ({ name }: Vm) => `${name}.vm`;

function groupsOf(vm: Vm): string[] {
  const labels = Object.entries(vm.spec?.labels ?? {});
  const names = [
    `state_${stateOf(vm)}`,
    ...(vm.spec?.image ? [`image_${vm.spec.image}`] : []),
    ...labels.flatMap(([key, value]) => [`label_${key}`, ...(value === '' ? [] : [`label_${key}_${value}`])]),
  ];
  return names.map((name) => name.replace(/\W/g, '_'));
}
