import type { Endpoint, Field, Fields, Shape } from './api-types.js';

/**
 * Every call that we make to Firecracker's API, with every field that we send or read. What the table does not hold does
 * not compile. Firecracker refuses unknown fields, so `since` says which ones an older release must not be sent.
 */

const text = { type: 'string' } as const;
const count = { type: 'integer' } as const;
const flag = { type: 'boolean' } as const;
const required = { required: true } as const;

const tokenBucket = {
  type: 'object',
  fields: {
    /** Bytes. */
    size: { ...count, ...required },
    /** Milliseconds. */
    refill_time: { ...count, ...required },
    one_time_burst: count,
  },
} as const;

const hugePages = { ...text, words: ['None', '2M', 'Transparent'], since: '1.7' } as const;

const balloonStatistics = {
  target_mib: { ...count, ...required },
  actual_mib: { ...count, ...required },
  // Bytes, and only what the guest's driver reports.
  total_memory: count,
  free_memory: count,
  available_memory: count,
  disk_caches: count,
} as const;

export const endpoints = {
  'GET /': {
    answer: {
      id: { ...text, ...required },
      state: { ...text, ...required, words: ['Not started', 'Running', 'Paused'] },
      vmm_version: { ...text, ...required },
      app_name: { ...text, ...required, words: ['Firecracker'] },
    },
  },
  'GET /vm/config': {
    answer: {
      drives: {
        type: 'array',
        ...required,
        fields: { drive_id: { ...text, ...required }, path_on_host: text, is_read_only: flag },
      },
      'network-interfaces': {
        type: 'array',
        ...required,
        fields: { iface_id: { ...text, ...required }, host_dev_name: { ...text, ...required }, guest_mac: text },
      },
    },
  },
  'PUT /logger': {
    body: {
      log_path: text,
      level: { ...text, words: ['Off', 'Trace', 'Debug', 'Info', 'Warn', 'Warning', 'Error'] },
      show_level: flag,
      show_log_origin: flag,
    },
  },
  'PUT /metrics': { body: { metrics_path: { ...text, ...required } } },
  'PUT /serial': { body: { serial_out_path: text, rate_limiter: { ...tokenBucket, since: '1.16' } } },
  'PUT /machine-config': {
    body: {
      vcpu_count: { ...count, ...required },
      mem_size_mib: { ...count, ...required },
      smt: flag,
      track_dirty_pages: flag,
      huge_pages: hugePages,
    },
  },
  'PUT /boot-source': { body: { kernel_image_path: { ...text, ...required }, initrd_path: text, boot_args: text } },
  'PUT /drives/{drive_id}': {
    body: {
      drive_id: { ...text, ...required },
      path_on_host: text,
      is_root_device: { ...flag, ...required },
      is_read_only: flag,
      cache_type: { ...text, words: ['Unsafe', 'Writeback'] },
      io_engine: { ...text, words: ['Sync', 'Async'] },
    },
  },
  'PATCH /drives/{drive_id}': { body: { drive_id: { ...text, ...required }, path_on_host: text } },
  'PUT /network-interfaces/{iface_id}': {
    body: {
      iface_id: { ...text, ...required },
      host_dev_name: { ...text, ...required },
      guest_mac: text,
    },
  },
  'PUT /vsock': { body: { guest_cid: { ...count, ...required }, uds_path: { ...text, ...required } } },
  'PUT /balloon': {
    body: {
      amount_mib: { ...count, ...required },
      deflate_on_oom: { ...flag, ...required },
      stats_polling_interval_s: count,
      free_page_reporting: { ...flag, since: '1.14' },
    },
  },
  'GET /balloon/statistics': { answer: balloonStatistics },
  'PUT /entropy': { body: {} },
  'PATCH /vm': { body: { state: { ...text, ...required, words: ['Paused', 'Resumed'] } } },
  'PUT /actions': {
    body: { action_type: { ...text, ...required, words: ['FlushMetrics', 'InstanceStart', 'SendCtrlAltDel'] } },
  },
} as const satisfies Readonly<Record<string, Endpoint>>;

type Endpoints = typeof endpoints;
/** A method and a path, as in the table. */
export type Call = keyof Endpoints;
/** Those with a body. */
export type Command = { [C in Call]: Endpoints[C] extends { body: Fields } ? C : never }[Call];
export type Query = Exclude<Call, Command>;

export type Body<C extends Command> = C extends Command ? Shape<Endpoints[C]['body']> : never;
export type Answer<C extends Call> = Endpoints[C] extends { answer: infer F extends Fields } ? Shape<F> : undefined;

/** A request that changes something. */
export type ApiRequest = { readonly [C in Command]: { readonly call: C; readonly body: Body<C> } }[Command];

/** The path of a request: an id in it is the body's, for Firecracker wants both alike. */
export function pathOf(call: Call, body: Readonly<Record<string, unknown>> = {}): string {
  const [, path = ''] = call.split(' ');
  return path.replace(/\{(\w+)\}/, (_whole, name: string) => String(body[name]));
}

/** Why an answer is not what the table says; undefined when it is. Fields that the table lacks are of no concern. */
export function answerMistake(call: Call, answer: unknown): string | undefined {
  const { answer: fields }: Endpoint = endpoints[call];
  return fields && mistakeIn(fields, answer, 'the answer');
}

/** The first mistake in a JSON object. `what` is how it is called. */
function mistakeIn(fields: Fields, value: unknown, what: string): string | undefined {
  if (typeOf(value) !== 'object') return `${what} is no object`;
  const given = value as Readonly<Record<string, unknown>>;
  const mistakes = Object.entries(fields).map(([name, field]) => fieldMistake(field, given[name] ?? undefined, name));
  return mistakes.find((mistake) => mistake !== undefined);
}

function fieldMistake(field: Field, value: unknown, name: string): string | undefined {
  if (value === undefined) return field.required && `${name} is missing`;
  if (typeOf(value) !== field.type) return `${name} is no ${field.type}`;
  if (field.words && !field.words.includes(value as string)) return `${name} is ${String(value)}`;
  const inside = field.type === 'array' ? (value as unknown[]) : [value];
  const { fields } = field;
  return fields && inside.map((each) => mistakeIn(fields, each, name)).find((mistake) => mistake !== undefined);
}

function typeOf(value: unknown): Field['type'] | undefined {
  if (Array.isArray(value)) return 'array';
  if (Number.isSafeInteger(value)) return 'integer';
  const type = typeof value;
  return value !== null && (type === 'object' || type === 'string' || type === 'boolean') ? type : undefined;
}
