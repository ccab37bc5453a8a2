import { age } from '../../render/format.js';
import type { ImageRow, ServiceRow, VmRow } from '../model.js';
import { bodyRows } from '../state/layout.js';
import { cursorIndex, rowsIn } from '../state/select.js';
import type { State, View } from '../state/state.js';
import { type Column, Table } from './table.js';

/** The three lists. */

const since = (time: number | undefined, { now }: State): string =>
  age(time === undefined ? undefined : new Date(time), new Date(now));

const vmColumns = (state: State): readonly Column<VmRow>[] => [
  { title: 'NAME', cell: (vm) => vm.name },
  { title: 'STATE', cell: (vm) => vm.state, tone: (vm) => vm.tone },
  { title: 'ADDRESS', cell: (vm) => vm.address || '-' },
  { title: 'CPUS', cell: (vm) => String(vm.cpus), right: true },
  { title: 'MEMORY', cell: (vm) => vm.memory, right: true },
  { title: 'NAT', cell: (vm) => (vm.nat ? 'on' : 'off') },
  { title: 'IMAGE', cell: (vm) => vm.image || '-' },
  { title: 'AGE', cell: (vm) => since(vm.created, state), right: true },
];

const imageColumns = (state: State): readonly Column<ImageRow>[] => [
  { title: 'NAME', cell: (image) => image.name },
  { title: 'DIGEST', cell: (image) => image.digest, tone: () => 'quiet' },
  { title: 'SIZE', cell: (image) => image.size, right: true },
  { title: 'ON DISK', cell: (image) => image.onDisk, right: true },
  { title: 'VMS', cell: (image) => String(image.vms), right: true },
  { title: 'AGE', cell: (image) => since(image.created, state), right: true },
];

const serviceColumns = (state: State): readonly Column<ServiceRow>[] => [
  { title: 'NAME', cell: (service) => service.name },
  { title: 'STATE', cell: (service) => service.state, tone: (service) => service.tone },
  { title: 'PID', cell: ({ pid }) => (pid > 0 ? String(pid) : '-'), right: true },
  { title: 'UP', cell: ({ pid, started }) => (pid > 0 ? since(started, state) : '-'), right: true },
  { title: 'RESTARTS', cell: (service) => String(service.restarts), right: true },
  { title: 'LAST EXIT', cell: (service) => service.lastExit || '-' },
];

export function List({ state }: { readonly state: State }) {
  switch (state.view) {
    case 'vms':
      return <Table columns={vmColumns(state)} rows={rowsIn(state, 'vms')} {...common(state, 'vms')} />;
    case 'images':
      return <Table columns={imageColumns(state)} rows={rowsIn(state, 'images')} {...common(state, 'images')} />;
    case 'services':
      return <Table columns={serviceColumns(state)} rows={rowsIn(state, 'services')} {...common(state, 'services')} />;
  }
}

function common(state: State, view: View) {
  const builds = view === 'images' ? state.builds.size : 0;
  return {
    cursor: cursorIndex(state, view),
    height: Math.max(2, bodyRows(state) - builds),
    width: state.columns,
    faded: state[view].link.kind === 'lost',
    empty: emptyText(state, view),
  };
}

const nothing = {
  vms: 'There are no VMs. Press n to create one.',
  images: 'There are no images. Press b to build one.',
  services: 'There are no services.',
} as const;

function emptyText(state: State, view: View): string {
  const { link, rows } = state[view];
  if (rows.length > 0) return `Nothing here has "${state.filter}".`;
  if (link.kind === 'up') return nothing[view];
  return link.kind === 'connecting' ? 'Looking …' : 'Nothing has been seen yet.';
}
