import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type ApiRequest, pathOf } from './api.js';
import { bootRequests, type Places } from './boot-requests.js';
import { usableVersion } from './version.js';

const plan = {
  cpuCount: 2,
  memoryMib: 2048,
  commandLine: 'console=ttyS0 reboot=k',
  network: { tap: 'bgr0', macAddress: '06:00:ac:10:00:02' },
};

const places: Places = {
  kernel: '/vmlinux',
  initrd: '/initrd',
  base: '/base',
  overlay: '/overlay',
  work: '/work',
  layers: [],
  metrics: '/metrics',
  vsock: '/run/vsock.sock',
};
const version = (text: string) => usableVersion('start vm web', 'firecracker', text);
const lineOf = ({ call, body }: ApiRequest) =>
  `${call.split(' ')[0]} ${pathOf(call, { ...body })} ${JSON.stringify(body)}`;

test('all that a boot asks for, in order', () => {
  expect(bootRequests(plan, places, version('1.16.1')).map(lineOf)).toEqual([
    'PUT /logger {"level":"Info","show_level":true,"show_log_origin":false}',
    'PUT /metrics {"metrics_path":"/metrics"}',
    'PUT /serial {"rate_limiter":{"size":65536,"refill_time":1000,"one_time_burst":1048576}}',
    'PUT /machine-config {"vcpu_count":2,"mem_size_mib":2048,"smt":false,"track_dirty_pages":false,"huge_pages":"None"}',
    'PUT /boot-source {"kernel_image_path":"/vmlinux","initrd_path":"/initrd","boot_args":"console=ttyS0 reboot=k"}',
    'PUT /drives/base {"drive_id":"base","path_on_host":"/base","is_read_only":true,"cache_type":"Unsafe","is_root_device":false,"io_engine":"Sync"}',
    'PUT /drives/overlay {"drive_id":"overlay","path_on_host":"/overlay","is_read_only":false,"cache_type":"Writeback","is_root_device":false,"io_engine":"Sync"}',
    'PUT /drives/work {"drive_id":"work","path_on_host":"/work","is_read_only":false,"cache_type":"Writeback","is_root_device":false,"io_engine":"Sync"}',
    'PUT /network-interfaces/eth0 {"iface_id":"eth0","host_dev_name":"bgr0","guest_mac":"06:00:ac:10:00:02"}',
    'PUT /vsock {"guest_cid":3,"uds_path":"/run/vsock.sock"}',
    'PUT /balloon {"amount_mib":0,"deflate_on_oom":true,"stats_polling_interval_s":5,"free_page_reporting":true}',
    'PUT /entropy {}',
    'PUT /actions {"action_type":"InstanceStart"}',
  ]);
});

test('layers are drives behind all others, which nobody can write', () => {
  const requests = bootRequests(plan, { ...places, layers: ['/low', '/high'] }, version('1.16.1'));
  const drives = requests.filter(({ call }) => call.startsWith('PUT /drives')).map(({ body }) => body);
  expect(drives.slice(-2)).toMatchObject([
    { drive_id: 'layer0', path_on_host: '/low', is_read_only: true },
    { drive_id: 'layer1', path_on_host: '/high', is_read_only: true },
  ]);
  expect(drives).toHaveLength(5);
});

test('without a work disk there is no third one', () => {
  const { work: _, ...withoutWork } = places;
  const requests = bootRequests(plan, withoutWork, version('1.16.1'));
  expect(requests.filter(({ call }) => call.startsWith('PUT /drives'))).toHaveLength(2);
});

interface Step {
  readonly vm: string;
  readonly m: string;
  readonly p: string;
  readonly b?: Readonly<Record<string, unknown>>;
}

test('the order and the words are those of the transcript', () => {
  const transcript = JSON.parse(readFileSync('test/stand-in/firecracker-transcript.json', 'utf8')) as Step[];
  const start = transcript.findIndex(({ b }) => b?.action_type === 'InstanceStart');
  // Before it comes the question whether anybody is there.
  const expected = transcript.slice(1, start + 1);
  const requests = bootRequests(plan, places, version('1.16.1'));
  expect(requests.map(({ call, body }) => pathOf(call, { ...body }))).toEqual(expected.map(({ p }) => p));
  requests.forEach(({ call, body }, at) => {
    // The transcript names files for console and log: ours are the standard output, for the keyboard, and an argument. The
    // MTU is left to Firecracker's default, which is that of the taps.
    const { serial_out_path: _, log_path: __, mtu: ___, ...known } = expected[at]?.b ?? {};
    expect({ call, names: Object.keys(body).sort() }).toEqual({ call, names: Object.keys(known).sort() });
    const ownNames = Object.entries(body).filter(([name]) => /path|args|host_dev_name/.test(name));
    expect({ call, body }).toEqual({ call, body: { ...known, ...Object.fromEntries(ownNames) } });
  });
});

interface FieldFact {
  readonly name: string;
  readonly required: boolean;
  readonly type: string;
  readonly enum?: readonly string[];
  readonly since?: string;
  readonly fields?: readonly FieldFact[];
}

interface EndpointFact {
  readonly method: string;
  readonly path: string;
  readonly since?: string;
  readonly fields: readonly FieldFact[];
}

const table = JSON.parse(readFileSync('test/stand-in/firecracker-api.json', 'utf8')) as EndpointFact[];
const isKnown = (since: string | undefined, minor: number) => Number(since?.split('.')[1] ?? 0) <= minor;

function refusals(value: unknown, facts: readonly FieldFact[], minor: number): string[] {
  const given = Object.entries(Object(value));
  const missing = facts.filter(({ name, required }) => required && !given.some(([each]) => each === name));
  return [
    ...missing.map(({ name }) => `missing field ${name}`),
    ...given.flatMap(([name, each]) => {
      const fact = facts.find((known) => known.name === name && isKnown(known.since, minor));
      if (fact === undefined) return [`unknown field ${name}`];
      const type = Number.isInteger(each) ? 'integer' : typeof each;
      if (type !== fact.type) return [`${name} is ${type}`];
      if (fact.enum && !fact.enum.includes(each as string)) return [`${name} is ${String(each)}`];
      return fact.fields ? refusals(each, fact.fields, minor) : [];
    }),
  ];
}

describe.each([14, 15, 16, 17])('Firecracker 1.%i', (minor) => {
  const requests = bootRequests(plan, places, version(`1.${minor}.0`));

  test('takes every request', () => {
    const refused = requests.flatMap(({ call, body }) => {
      const fact = table.find(({ method, path }) => `${method} ${path}` === call);
      if (fact === undefined || !isKnown(fact.since, minor)) return [`unknown call ${call}`];
      return refusals(body, fact.fields, minor).map((why) => `${call}: ${why}`);
    });
    expect(refused).toEqual([]);
  });

  test('is asked for all that it can do', () => {
    expect(requests.some(({ call }) => call === 'PUT /serial')).toBe(minor >= 16);
  });
});
