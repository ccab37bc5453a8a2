import { Refusal } from './calls.js';
import type { Section } from './configuration.js';
import type { Handlers } from './handlers.js';
import type { Machine } from './machine.js';

/** The store of data for the guest. After the start it is there only when an interface leads to it. */
export function mmdsHandlers(machine: Machine): Handlers {
  let stored: unknown;
  const checkReachable = () => {
    if (machine.isStarted && !machine.config.mmds) throw notInitialised();
  };
  const store = (value: unknown) => {
    const isTooLarge = Buffer.byteLength(JSON.stringify(value)) > machine.options.mmdsLimit;
    if (isTooLarge) throw new Refusal("MMDS error: The MMDS patch request doesn't fit.", 413);
    stored = value;
  };
  return {
    'PUT /mmds/config': ({ body }) => putConfig(machine, body),
    'GET /mmds': () => {
      checkReachable();
      return stored ?? {};
    },
    'PUT /mmds': ({ body }) => {
      checkReachable();
      store(body);
    },
    'PATCH /mmds': ({ body }) => {
      checkReachable();
      if (stored === undefined) throw notInitialised();
      store(merged(stored, body));
    },
  };
}

const notInitialised = () => new Refusal('MMDS error: The MMDS data store is not initialized.');

function putConfig(machine: Machine, body: Section): void {
  const listed = body.network_interfaces as readonly string[];
  const refused = (why: string) => new Refusal(`MMDS config error: ${why}`);
  if (listed.length === 0) throw refused('The list of network interface IDs that allow MMDS requests is empty.');
  const isThere = (id: string) => machine.config.interfaces.some(({ iface_id }) => iface_id === id);
  if (!listed.every(isThere)) throw refused('At least one of the network interface IDs names no interface.');
  machine.config = { ...machine.config, mmds: { ...body, network_interfaces: listed } };
}

/** RFC 7396. */
function merged(value: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(value) ? { ...value } : {};
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) delete result[key];
    else result[key] = merged(result[key], change);
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
