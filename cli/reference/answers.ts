/**
 * What each command prints with `--json`, as JSON Schema (2020-12): docs/reference/cli.schema.json is made of it, and tests hold what
 * commands print against it. New properties may come; what is here stays.
 */

export type Schema = Readonly<Record<string, unknown>>;

/** A message of the contract, by its name after "banger.". */
const message = (name: string): Schema => ({ $ref: `#/$defs/banger.${name}` });
const list = (items: Schema): Schema => ({ type: 'array', items });
const lines = (line: Schema): Schema => ({ ...line, description: 'One such document per line.' });
/** All of these properties are there; those whose names end with "?" may be. */
function object(properties: Readonly<Record<string, Schema>>): Schema {
  const named = Object.entries(properties).map(([name, schema]) => [name.replace('?', ''), schema]);
  const required = Object.keys(properties).filter((name) => !name.endsWith('?'));
  return { type: 'object', properties: Object.fromEntries(named), required };
}
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
const either = (...anyOf: Schema[]): Schema => ({ anyOf });
const both = (...allOf: Schema[]): Schema => ({ allOf });
const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const count = { type: 'integer' } as const;
const number = { type: 'number' } as const;
const anything = { type: 'object' } as const;

const vm = message('vmm.v1.Vm');
const vms = list(vm);
const image = message('imaged.v1.Image');
const madeImage = either(image, message('vmm.v1.MadeImage'));
const kernel = message('imaged.v1.Kernel');
const status = message('supervisor.v1.GetStatusResponse');
const services = list(message('supervisor.v1.Service'));
const deleted = list(object({ name: text, deleted: flag }));
const severity = { enum: ['ok', 'warning', 'error'] } as const;
const observation = { severity, type: text, subject: text, found: text, remedy: text } as const;
const build = { version: text, buildId: text } as const;
const plan = object({
  project: text,
  applied: flag,
  changes: flag,
  images: list(object({ name: text, how: text, source: text })),
  vms: list(
    object({ name: text, change: text, fields: list(object({ key: text, from: text, to: text, when: text })) }),
  ),
  unlisted: list(text),
  refusals: list(anything),
});
const bundle = object({
  folder: text,
  layout: { enum: ['described', 'legacy'] },
  paths: anything,
  metadata: orNull(anything),
});

/** Null for those that print nothing, or what somebody else writes. */
export const answers: Readonly<Record<string, Schema | null>> = {
  'vm create': vm,
  'vm list': vms,
  'vm show': vm,
  'vm explain': message('vmm.v1.ExplainVmResponse'),
  'vm ssh': null,
  'vm exec': null,
  'vm cp': object({ path: text }),
  'vm start': vms,
  'vm stop': vms,
  'vm restart': vms,
  'vm pause': vms,
  'vm resume': vms,
  'vm kill': vms,
  'vm wait': list(either(vm, object({ name: text, deleted: flag }))),
  'vm set': vm,
  'vm publish': vm,
  'vm unpublish': vm,
  'vm stats': message('vmm.v1.VmStats'),
  'vm console': lines(object({ data: text })),
  'vm logs': lines(object({ data: text })),
  'vm delete': list(both(object({ name: text, deleted: flag }), message('vmm.v1.DeleteVmResponse'))),
  'vm trash': object({ vms: list(message('vmm.v1.TrashedVm')), remains: list(message('vmm.v1.Remain')) }),
  'vm restore': vm,
  'vm purge': message('vmm.v1.PurgeVmResponse'),
  'image build': madeImage,
  'image commit': madeImage,
  'image edit': orNull(madeImage),
  'image import': image,
  'image list': list(image),
  'image show': image,
  'image tag': image,
  'image delete': deleted,
  'image export': object({ path: text, bytes: count }),
  'image prune': message('imaged.v1.PruneImagesResponse'),
  'image usage': message('imaged.v1.GetStoreUsageResponse'),
  'image verify': message('imaged.v1.VerifyReport'),
  'kernel build': kernel,
  'kernel import': kernel,
  'kernel list': list(kernel),
  'kernel show': kernel,
  // Nothing at all when there is no kernel.
  'kernel default': kernel,
  'kernel delete': deleted,
  'bundle show': bundle,
  'bundle fetch': bundle,
  'bundle verify': both(bundle, object({ verifiedFiles: count })),
  'bundle package': object({ archive: text, manifest: text, sha256: text, size: count, metadata: anything }),
  'dns records': list(message('dnsd.v1.Record')),
  'dns status': both(
    message('dnsd.v1.GetDnsStatusResponse'),
    object({ host: object({ isWired: flag, found: text, remedy: text }) }),
  ),
  'dns install': object({ resolver: text, changed: flag, steps: list(anything), advice: list(text) }),
  'dns uninstall': object({ changed: flag, steps: list(anything) }),
  'dns test': object({ name: text, works: flag, resolver: text, stops: list(anything) }),
  'ssh-config install': object({ file: text, include: text, changed: flag }),
  'ssh-config uninstall': object({ file: text, changed: flag }),
  'ssh-config show': object({ file: text, include: text, line: text, installed: flag }),
  'daemon start': status,
  'daemon status': either(
    both(object({ running: { const: true }, stale: flag }), status),
    object({ running: { const: false }, stale: flag, stateDir: text, runDir: text, services: list(anything) }),
  ),
  'daemon stop': object({ running: { const: false }, stopped: flag }),
  'daemon restart': status,
  'daemon restore-backup': list(object({ path: text, state: text, lost: list(text) })),
  'service list': services,
  'service restart': services,
  'service logs': lines(object({ level: count, time: text, msg: text })),
  apply: plan,
  destroy: plan,
  export: object({ file: text }),
  doctor: either(
    object({
      ready: orNull(flag),
      severity,
      findings: list(object({ purpose: text, ...observation })),
      discrepancies: orNull(
        list(object({ kind: text, subject: text, found: text, remedy: text, state: text, failure: text })),
      ),
      silent: list(text),
      daemon: orNull(status),
      hypervisor: orNull(message('vmm.v1.GetHypervisorResponse')),
    }),
    object({ paths: list(object({ name: text, path: text, source: text, found: text })) }),
  ),
  events: lines(message('events.v1.Event')),
  inventory: anything,
  run: null,
  top: list(
    object({
      name: text,
      state: text,
      cpuPercent: number,
      memoryBytes: count,
      'guestAvailableBytes?': count,
      diskReadBytesPerSecond: number,
      diskWrittenBytesPerSecond: number,
      networkReceivedBytesPerSecond: number,
      networkSentBytesPerSecond: number,
    }),
  ),
  tui: null,
  verify: object({
    holds: flag,
    proofs: list(object({ what: text, severity, seen: text, remedy: text })),
  }),
  version: object({
    ...build,
    node: text,
    'daemonVersion?': text,
    'daemonBuildId?': text,
    'services?': list(object({ name: text, ...build })),
    'stale?': flag,
  }),
};

const error = object({
  kind: text,
  reason: text,
  message: text,
  metadata: { type: 'object', additionalProperties: text },
  fields: list(object({ field: text, description: text })),
  preconditions: list(object({ type: text, subject: text, description: text })),
});

/** What a command that fails prints on standard error; `errors` when several things failed. */
export const failure: Schema = object({ error, 'errors?': list(error) });
