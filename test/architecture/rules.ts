/**
 * Who may import whom, as data. `S` stands for the name of a service, the same one everywhere in a row. A path that
 * ends in "/" is a folder with all that is below it; any other is one module, without its extension.
 */

export interface ImportRow {
  readonly from: string;
  /** Modules of ours, beside those of the same room. */
  readonly may: readonly string[];
  /** Modules of ours of which only types are taken. */
  readonly mayTypes?: readonly string[];
  /** npm packages and Node's own modules; any when absent. */
  readonly packages?: readonly string[];
  /** Completes "… imports …: ". */
  readonly because: string;
}

/** The first row whose `from` holds a file decides about it. */
export const importRows: readonly ImportRow[] = [
  {
    from: 'services/S/domain/',
    may: [
      'lib/errors',
      'lib/finding',
      'lib/dns-label',
      'lib/ip/',
      'lib/labels/',
      'lib/network-policy/',
      'lib/tar-header',
    ],
    // Hashing is pure and synchronous.
    packages: ['node:crypto'],
    because: 'a domain is pure and synchronous: it knows no wire, no machine and no time',
  },
  {
    from: 'services/S/app/',
    may: [
      'services/S/domain/',
      'lib/errors',
      'lib/finding',
      'lib/discrepancy',
      'lib/clock',
      'lib/context',
      'lib/journal/',
      'lib/ip/',
      'lib/labels/',
      'lib/network-policy/',
      // Only says that something happened; who listens is none of its business.
      'lib/metrics/moments',
    ],
    mayTypes: ['lib/log', 'lib/store/revisions', 'lib/metrics/metrics', 'lib/events/event', 'lib/events/happenings'],
    packages: [],
    because: 'a use case sees its domain and its own ports, never the wire or the machine',
  },
  {
    from: 'services/S/api/',
    may: [
      'services/S/app/',
      'services/S/domain/',
      'gen/',
      'lib/rpc/',
      'lib/errors',
      'lib/labels/',
      'lib/network-policy/',
    ],
    packages: [],
    because: 'the edge translates and calls a use case; there is no way around one',
  },
  {
    from: 'services/S/host/',
    may: [
      'services/S/domain/',
      'lib/host/',
      'lib/store/',
      'lib/bundle/',
      'lib/errors',
      'lib/finding',
      'lib/clock',
      'lib/one-at-a-time',
      'lib/suggest',
      'lib/toml-lines',
      'lib/ip/',
      'lib/network-policy/',
    ],
    mayTypes: ['services/S/app/ports', 'services/S/app/guest-ports', 'lib/log', 'lib/paths', 'lib/runtime'],
    because: 'an adapter to the machine keeps a port, and knows neither the wire nor the use cases',
  },
  {
    from: 'services/S/store/',
    may: [
      'services/S/domain/',
      'lib/store/',
      'lib/events/',
      'lib/journal/',
      'lib/host/',
      'lib/errors',
      'lib/clock',
      'lib/ip/',
      'lib/network-policy/',
    ],
    mayTypes: ['services/S/app/ports', 'lib/log'],
    because: 'a store keeps a port, and knows neither the wire nor the use cases',
  },
  {
    from: 'services/S/peers/',
    may: ['services/S/domain/', 'gen/', 'lib/rpc/', 'lib/errors', 'lib/finding', 'lib/ip/'],
    mayTypes: ['services/S/app/ports', 'lib/network-policy/policy'],
    packages: [],
    because: 'a peer is a port met over gRPC, and nothing else',
  },
  {
    from: 'services/S/config',
    // The parsers of what a setting holds: a mistake is found where the settings are read.
    may: ['services/S/domain/', 'services/S/host/'],
    packages: ['zod'],
    because: 'a configuration is a schema, and knows no use case',
  },
  {
    from: 'services/S/testing/',
    may: ['services/S/', 'lib/', 'gen/'],
    because: 'help for the tests of one service knows that service alone',
  },
  {
    from: 'services/S/main',
    may: ['services/S/', 'lib/', 'gen/'],
    because: 'services meet only in proto/',
  },
  {
    from: 'supervisor/',
    may: ['lib/', 'gen/'],
    because: 'the supervisor starts services by their path and speaks to them by gRPC',
  },
  {
    from: 'cli/tui/state/',
    may: ['cli/tui/model', 'cli/render/text'],
    packages: [],
    because:
      'what the screen shows follows from events and keys alone: it is pure, and knows neither wire nor terminal',
  },
  {
    from: 'cli/tui/screen/',
    may: ['cli/tui/state/', 'cli/tui/model', 'cli/render/table', 'cli/render/format'],
    packages: ['ink', 'react', 'node:events'],
    because: 'it draws and does nothing else: as a bundle of its own it would bring a second copy of all that it needs',
  },
  {
    from: 'cli/',
    may: [
      'gen/',
      'lib/rpc/',
      'lib/errors',
      'lib/finding',
      'lib/discrepancy',
      'lib/paths',
      'lib/context',
      'lib/build',
      'lib/daemon-file',
      'lib/bundle/',
      'lib/program',
      'lib/host/',
      'lib/clock',
      'lib/dns-label',
      'lib/labels/',
      'lib/network-policy/',
      'lib/suggest',
      'lib/toml-lines',
    ],
    mayTypes: ['lib/runtime'],
    because: 'the CLI is a client of the API, and its start-up time is what people feel',
  },
  {
    from: 'lib/rpc/',
    may: [
      'lib/',
      'gen/google/rpc/',
      'gen/grpc/',
      'gen/banger/host/',
      'gen/banger/events/',
      'gen/banger/network/',
      'gen/descriptors',
      'gen/read-only',
    ],
    because: 'the shared kernel knows no service, and of the contract only what is the same for all of them',
  },
  { from: 'lib/testing/', may: ['lib/', 'gen/'], because: 'help for every test knows no service' },
  { from: 'lib/', may: ['lib/'], because: 'the shared kernel knows no service and no contract' },
  { from: 'gen/', may: ['gen/'], because: 'generated code stands alone' },
  {
    from: 'test/',
    may: ['test/', 'lib/', 'gen/', 'services/', 'supervisor/', 'cli/', 'scripts/'],
    because: 'tests may look at everything of ours',
  },
];

export interface OnlyRow {
  /** A package (with its subpaths) or a folder of ours. */
  readonly what: string;
  readonly only: readonly string[];
  readonly because: string;
}

/** One door for each side effect and for each dependency that we may want to replace. */
export const onlyRows: readonly OnlyRow[] = [
  { what: 'node:child_process', only: ['lib/host/'], because: 'programs are run by lib/host/command and spawn' },
  { what: 'node:fs', only: ['lib/host/'], because: 'files are touched through lib/host/files' },
  { what: 'better-sqlite3', only: ['lib/store/database'], because: 'the stores see lib/store/database' },
  { what: 'ssh2', only: ['services/vmm/host/shells/'], because: 'use cases see a guest, not how one gets there' },
  { what: 'dns2', only: ['services/dnsd/host/'], because: 'the zone and its answers are pure' },
  {
    what: 'koffi',
    only: ['lib/host/peer-credentials'],
    because: 'C is called where Node cannot ask the kernel, and nowhere else',
  },
  { what: 'pino', only: ['lib/log'], because: 'there is one vocabulary of log fields' },
  { what: 'ink', only: ['cli/tui/screen/'], because: 'only what draws the screen is made with it' },
  { what: 'react', only: ['cli/tui/screen/'], because: 'only what draws the screen is made with it' },
  { what: 'yargs', only: ['cli/yargs'], because: 'commands are data; one file turns them into a parser' },
  { what: '@grpc', only: ['lib/rpc/', 'gen/'], because: 'lib/rpc has the deadlines, cancellation and error mapping' },
  {
    what: '@bufbuild/protobuf',
    only: ['gen/', 'lib/rpc/descriptor-files'],
    because:
      'only generated code and what reads its bytes know the encoding; reflection hands out the files of the contract',
  },
];

export interface ReachRow {
  readonly from: string;
  /** What must not be loaded with it, however indirectly. */
  readonly never: readonly string[];
  /** What only few of its users need, and load when they do: not looked into. */
  readonly onDemand?: readonly string[];
  readonly because: string;
}

export const reachRows: readonly ReachRow[] = [
  {
    from: 'cli/main',
    never: [
      'lib/config',
      'lib/service',
      'lib/log',
      'lib/store/',
      'zod',
      'better-sqlite3',
      'pino',
      'smol-toml',
      'koffi',
    ],
    // `banger bundle` and `banger doctor --paths` read manifests and the configuration, `banger apply` its file.
    onDemand: ['lib/bundle/', 'cli/apply/'],
    because: 'what the CLI loads is paid at every command',
  },
  {
    from: 'cli/main',
    never: ['ink', 'react'],
    onDemand: ['cli/tui/screen/'],
    because: 'the screen is a bundle of its own, and only `banger tui` waits for it',
  },
  {
    from: 'cli/tui/screen/main',
    never: ['gen/', '@grpc', 'lib/', 'yargs'],
    because:
      'the screen has all that it needs in its own bundle: copies of clients and errors would not be those of the CLI',
  },
];

export interface ClockRow {
  readonly may: readonly string[];
  readonly because: string;
}

/** Which modules read the clock, which anybody may set at any time. */
export const clockRows: readonly ClockRow[] = [
  {
    may: [
      'lib/log',
      'lib/journal/journal',
      'lib/events/event-log',
      'services/dnsd/app/zone-keeper',
      'services/netd/app/memory',
      'services/netd/store/network-store',
      'services/netd/main',
      'services/imaged/app/add-layer',
      'services/imaged/app/build-image',
      'services/imaged/app/import-container',
      'services/imaged/app/import-disk',
      'services/imaged/app/store-kernel',
      'services/imaged/host/host-bundle',
      'services/vmm/main',
      'supervisor/api',
      'supervisor/keeper',
      'supervisor/main',
      'supervisor/service-process',
      'cli/render/style',
    ],
    because: 'people are told when something was',
  },
  {
    may: [
      'cli/commands/events',
      'cli/commands/vm/logs',
      'cli/roll-over',
      'cli/tui/session',
      'cli/tui/data/perform',
      'lib/metrics/process',
    ],
    because: 'it is held against times that were told',
  },
  { may: ['lib/rpc/client'], because: 'grpc-js takes a deadline by the clock, and waits for it by a timer' },
  { may: ['lib/rpc/remote-door'], because: 'a certificate ends by the clock' },
  { may: ['lib/events/in-memory'], because: 'a number above all that a former process gave' },
  {
    may: ['services/imaged/host/containers/container-tools', 'services/imaged/host/rootfs'],
    because: 'it is held against the times of files',
  },
  { may: ['services/imaged/host/step-cache'], because: 'it gives a file its time' },
  { may: ['services/vmm/host/this-host'], because: 'restarts and graces that outlast a process; each has a most' },
];

/** What a service may be made of. A room that it does not need is not made. */
export const rooms = ['api', 'app', 'domain', 'host', 'peers', 'store', 'testing'] as const;
/** The modules beside the rooms. */
export const roomless = ['main', 'config'] as const;

/** Lines. Past these the shape is wrong, not the formatting. In tests, what a function holds in others is not its own. */
export const ceilings = { file: 400, function: 60, main: 100 } as const;
