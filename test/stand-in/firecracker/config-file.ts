import { readFileSync } from 'node:fs';
import type { Api } from './api.js';
import { callOf, Refusal } from './calls.js';
import type { Machine } from './machine.js';
import { endBadly, Failure } from './process.js';
import { endpointsOf } from './table.js';

type Json = Readonly<Record<string, unknown>>;

/** The sections, in the order in which they are taken. An array is a request for each of its items, named by its id. */
const sections: readonly (readonly [section: string, path: string, idField?: string])[] = [
  ['logger', '/logger'],
  ['metrics', '/metrics'],
  ['machine-config', '/machine-config'],
  ['cpu-config', '/cpu-config'],
  ['boot-source', '/boot-source'],
  ['drives', '/drives', 'drive_id'],
  ['network-interfaces', '/network-interfaces', 'iface_id'],
  ['pmem', '/pmem', 'id'],
  ['vsock', '/vsock'],
  ['balloon', '/balloon'],
  ['entropy', '/entropy'],
  ['memory-hotplug', '/hotplug/memory'],
  ['mmds-config', '/mmds/config'],
];

/** Configures the machine from a file and starts it; a refusal ends the process. Unknown sections are passed over. */
export async function configure(machine: Machine, api: Api, text: string, metadataPath?: string): Promise<void> {
  try {
    for (const [path, body] of requestsOf(text)) await put(machine, api, path, body);
    if (metadataPath !== undefined) await put(machine, api, '/mmds', JSON.parse(readFileSync(metadataPath, 'utf8')));
    await put(machine, api, '/actions', { action_type: 'InstanceStart' });
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof SyntaxError)) throw error;
    const message = `RunWithoutApiError error: Failed to build MicroVM from Json: ${error.message}`;
    endBadly(machine.log, new Failure(message, 1, 'RunWithoutApi(BuildMicroVMFromJson)'));
  }
}

function put(machine: Machine, api: Api, path: string, body: unknown): Promise<unknown> {
  const request = { method: 'PUT', path, body: JSON.stringify(body) };
  return api.execute(callOf(endpointsOf(machine.settings.version), request));
}

function requestsOf(text: string): [path: string, body: unknown][] {
  const config = JSON.parse(text) as Json;
  for (const required of ['drives', 'boot-source']) {
    if (config[required] === undefined) throw new Refusal(`Invalid JSON: missing field \`${required}\``);
  }
  return sections.flatMap(([section, path, idField]): [string, unknown][] => {
    const value = config[section] ?? undefined;
    if (value === undefined) return [];
    if (idField === undefined) return [[path, value]];
    return (value as Json[]).map((item) => [`${path}/${item[idField]}`, item]);
  });
}
