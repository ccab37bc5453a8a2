import { BodyError, readBody } from './body.js';
import { osError } from './errno.js';
import type { HttpRequest } from './http-parser.js';
import { type Endpoint, endpointFor, type Field, segmentsOf } from './table.js';

/** A request that the API takes: what is wrong with it now, only the machine knows. */
export interface Call {
  readonly endpoint: Endpoint;
  /** The id in the path; empty where there is none. */
  readonly id: string;
  /** What was sent, and the defaults of what was not. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A refusal, answered with `fault_message`. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

/** Puts a refusal from further in into the words of where it is met. */
export async function within<T>(place: string, work: () => T | Promise<T>, advice = ''): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(`${place}: ${error.message}${advice}`, error.status) : error;
  }
}

/** As `within`, for what the kernel refuses. */
export function opened<T>(place: string, work: () => T, subject = ''): T {
  try {
    return work();
  } catch (error) {
    throw new Refusal(`${place} ${osError(error)}${subject}`);
  }
}

/** Finds the endpoint and reads the body. Knows the table alone, and nothing of the machine. */
export function callOf(endpoints: readonly Endpoint[], request: HttpRequest): Call {
  const { method, path } = request;
  const endpoint = endpointFor(endpoints, method, path);
  const changes = method === 'PUT' || method === 'PATCH';
  if (method === 'GET' && request.body !== undefined) throw new Refusal('GET request cannot have a body.');
  if (changes && request.body === undefined && endpoint?.body !== 'optional') {
    throw new Refusal(`Empty ${method} request.`);
  }
  if (!endpoint) throw new Refusal(`Invalid request method and/or path: ${method} ${path.slice(1)}.`);
  const id = idIn(endpoint, path);
  const body = withDefaults(endpoint, changes ? bodyOf(endpoint, request.body ?? '{}') : {});
  checkWhole(endpoint, id, body);
  return { endpoint, id, body };
}

function idIn(endpoint: Endpoint, path: string): string {
  const at = segmentsOf(endpoint.path).findIndex((part) => part.startsWith('{'));
  const id = at < 0 ? undefined : (segmentsOf(path)[at] ?? '');
  if (id === '') throw new Refusal('The ID cannot be empty.');
  if (id !== undefined && !/^\w+$/.test(id)) {
    throw new Refusal('API Resource IDs can only contain alphanumeric characters and underscores.');
  }
  return id ?? '';
}

function bodyOf(endpoint: Endpoint, text: string): Readonly<Record<string, unknown>> {
  const { fields, unknown } = endpoint;
  try {
    return readBody(text, { type: 'object', fields, unknown, struct: structOf(endpoint.path) });
  } catch (error) {
    if (error instanceof BodyError) throw unreadable(error.message);
    throw error;
  }
}

/** `/machine-config` is read into a `MachineConfig`. */
function structOf(path: string): string {
  return path.replace(/\{.*/, '').replace(/[^a-z]+([a-z]?)/g, (_, letter: string) => letter.toUpperCase());
}

function unreadable(problem: string): Refusal {
  return new Refusal(`An error occurred when deserializing the json body of a request: ${problem}.`);
}

function withDefaults(endpoint: Endpoint, sent: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  // What changes what there is leaves out what stays.
  if (endpoint.method !== 'PUT' || endpoint.repeat === 'updates') return sent;
  const defaults = endpoint.fields.filter((field) => field.default !== undefined);
  return { ...sent, ...Object.fromEntries(defaults.map(({ name, default: value }) => [name, sent[name] ?? value])) };
}

function checkWhole(endpoint: Endpoint, id: string, body: Readonly<Record<string, unknown>>): void {
  const twin = endpoint.fields.find(({ equals_path }) => equals_path !== undefined);
  const own = twin && body[twin.name];
  if (own !== undefined && own !== id) {
    const isNet = twin?.name === 'iface_id';
    const [ofPath, ofBody] = isNet ? [` [${id}]`, ` [${own}]`] : ['', ''];
    throw new Refusal(`The id from the path${ofPath} does not match the id from the body${ofBody}!`);
  }
  const isEmpty = Object.values(body).every((value) => value === null);
  if (endpoint.at_least_one && isEmpty) throw new Refusal('Empty PATCH request.');
  if (endpoint.path !== '/snapshot/load') return;
  const memories = [body.mem_backend, body.mem_file_path].filter((value) => value !== undefined && value !== null);
  const choice = 'either `mem_backend` or `mem_file_path`';
  if (memories.length === 0) throw unreadable(`missing field: ${choice} is required`);
  if (memories.length > 1) throw unreadable(`too many fields: ${choice} exclusively is required`);
}

/** Whether the answer says that something in the call is on its way out. */
export function isDeprecated({ endpoint, body }: Call): boolean {
  const outdated = ({ name, deprecated, deprecated_values }: Field) => {
    const value = body[name] ?? undefined;
    const isDefault = value === endpoint.fields.find((field) => field.name === name)?.default;
    return (
      (deprecated !== undefined && value !== undefined && !isDefault) || deprecated_values?.includes(String(value))
    );
  };
  return endpoint.fields.some(outdated);
}
