import { type Vm, VmSpec, VmState } from '../../gen/banger/vmm/v1/vm_service.js';
import { canonicalLabels, type Labels } from '../../lib/labels/labels.js';
import { canonicalPolicy, type NetworkPolicy } from '../../lib/network-policy/policy.js';
import { egressRuleText, publicationText, readEgressRule, readPublication } from '../../lib/network-policy/words.js';
import { fromWirePolicy, toWirePolicy } from '../../lib/rpc/network-policy.js';
import { hypervisorOf, hypervisorWord, initOf, initWord, restartPolicyOf, restartWord } from '../vm-choices.js';

/** What a VM shall be, or is, in the words of the file. Sizes in MiB; lists of words are in their one form. */
export interface VmShape {
  readonly image: string;
  /** Empty for the default one. */
  readonly kernel: string;
  /** Empty for the image's own choice. */
  readonly init: string;
  readonly cpus: number;
  readonly memory: number;
  readonly disk: number;
  /** 0 for none. */
  readonly workDisk: number;
  readonly nat: boolean;
  readonly aliases: readonly string[];
  /** Empty for any. */
  readonly ip: string;
  /** In lower case; empty for any. */
  readonly mac: string;
  readonly allowFrom: readonly string[];
  readonly egress: readonly string[];
  readonly publish: readonly string[];
  readonly hypervisor: string;
  readonly restart: string;
  readonly autostart: boolean;
  readonly autostartOrder: number;
  readonly labels: Labels;
  /** Variables of the guest; may hold secrets. */
  readonly environment: Labels;
  /** For cloud-init; empty for none; may hold secrets. */
  readonly userData: string;
  readonly running: boolean;
}

/** What a VM is of which the file says nothing: the defaults of the contract. */
export const standardShape: VmShape = {
  image: 'debian',
  kernel: '',
  init: '',
  cpus: 1,
  memory: 512,
  disk: 8192,
  workDisk: 0,
  nat: false,
  aliases: [],
  ip: '',
  mac: '',
  allowFrom: [],
  egress: [],
  publish: [],
  hypervisor: 'any',
  restart: 'never',
  autostart: false,
  autostartOrder: 0,
  labels: {},
  environment: {},
  userData: '',
  running: true,
};

/** The states in which a VM is there for its users, or on its way to it. */
const upStates: readonly VmState[] = [VmState.CREATING, VmState.STARTING, VmState.RUNNING, VmState.PAUSED];

/** What the guest was told, which no answer about a VM has: GetGuestData. */
export type GuestData = Pick<VmShape, 'environment' | 'userData'>;

export function shapeOf({ spec, status }: Vm, { environment, userData }: GuestData): VmShape {
  const whole = spec ?? VmSpec.fromPartial({});
  const { policy } = fromWirePolicy(whole.policy, '');
  return {
    image: whole.image,
    kernel: whole.kernel,
    init: initWord(whole.init),
    cpus: whole.cpuCount,
    memory: whole.memoryMib,
    disk: whole.diskMib,
    workDisk: whole.workDiskMib,
    nat: whole.nat,
    aliases: whole.aliases,
    ip: whole.ipv4Address,
    mac: whole.macAddress,
    ...policyWords(policy),
    hypervisor: hypervisorWord(whole.hypervisor),
    restart: restartWord(whole.restartPolicy),
    autostart: whole.autostart,
    autostartOrder: whole.autostartOrder,
    labels: canonicalLabels(whole.labels),
    environment: canonicalLabels(environment),
    userData,
    running: upStates.includes(status?.state ?? VmState.UNSPECIFIED),
  };
}

export function specOf(shape: VmShape): VmSpec {
  return VmSpec.fromPartial({
    image: shape.image,
    kernel: shape.kernel,
    init: initOf(shape.init),
    cpuCount: shape.cpus,
    memoryMib: shape.memory,
    diskMib: shape.disk,
    workDiskMib: shape.workDisk,
    nat: shape.nat,
    aliases: [...shape.aliases],
    ipv4Address: shape.ip,
    macAddress: shape.mac,
    policy: toWirePolicy(policyOf(shape)),
    hypervisor: hypervisorOf(shape.hypervisor),
    restartPolicy: restartPolicyOf(shape.restart),
    autostart: shape.autostart,
    autostartOrder: shape.autostartOrder,
    labels: { ...shape.labels },
    environment: { ...shape.environment },
    userData: shape.userData,
  });
}

type PolicyWords = Pick<VmShape, 'allowFrom' | 'egress' | 'publish'>;

function policyWords({ allowFrom, egress, publishedPorts }: NetworkPolicy): PolicyWords {
  return { allowFrom, egress: egress.map(egressRuleText), publish: publishedPorts.map(publicationText) };
}

/** The policy that words say; every word of the file has been read once before. */
export function policyOf({ allowFrom, egress, publish }: PolicyWords): NetworkPolicy {
  const rules = egress.map(readEgressRule).flatMap((read) => ('value' in read ? [read.value] : []));
  const publishedPorts = publish.map(readPublication).flatMap((read) => ('value' in read ? read.value : []));
  return canonicalPolicy({ allowFrom, egress: rules, publishedPorts });
}

/** The same words in the one form that vmm answers with: ranges of ports as single ones, addresses as they are written. */
export function inOneForm(shape: VmShape): VmShape {
  const [labels, environment] = [canonicalLabels(shape.labels), canonicalLabels(shape.environment)];
  return { ...shape, ...policyWords(policyOf(shape)), mac: shape.mac.toLowerCase(), labels, environment };
}
