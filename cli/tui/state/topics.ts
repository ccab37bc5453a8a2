import type { Topic } from './events.js';
import { currentVm } from './select.js';
import type { State } from './state.js';

/** What has to be followed in this state. The list of VMs always is; images and services while they are looked at. */
export function topicsOf(state: State): Topic[] {
  const topics: Topic[] = [{ topic: 'vms' }];
  // A form offers the images that there are.
  if (state.view === 'images' || state.dialog?.kind === 'create') topics.push({ topic: 'images' });
  if (state.view === 'services') topics.push({ topic: 'services' });
  const { pane } = state;
  if (pane.kind === 'log') topics.push({ topic: 'log', vm: pane.vm });
  const vm = pane.kind === 'details' ? currentVm(state) : undefined;
  if (vm) topics.push({ topic: 'explain', vm: vm.name, revision: vm.revision });
  return topics;
}

/** The same for topics that are one. */
export const topicKey = (topic: Topic): string => Object.values(topic).join(' ');
