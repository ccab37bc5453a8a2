import { createHash } from 'node:crypto';
import type { FieldViolation } from '../../../lib/errors.js';
import { emptyPolicy } from '../../../lib/network-policy/policy.js';
import { specLimits } from './spec.js';
import type { VmSpec } from './vm.js';

/** How an image is made of another by doing something in a VM of it. */
export interface Customization {
  /** The name that the new image gets. */
  readonly image: string;
  /** What the VM is made of and with. */
  readonly spec: VmSpec;
  /** What was wrong already as the request was read. */
  readonly violations: readonly FieldViolation[];
  /** What is run in it; absent when somebody does the work by hand. */
  readonly script?: Uint8Array;
  /** Even when an image of this name was made of the same before. */
  readonly rebuild: boolean;
}

const maxScriptBytes = 1024 * 1024;
/** A name that imaged takes: services/imaged/domain/reference.ts. */
const imageName = /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/;

/** Every mistake in it, but for those of the VM's spec. */
export function customizationViolations({ image, spec, violations: read, script }: Customization): FieldViolation[] {
  const violations = [...read];
  if (!imageName.test(image)) {
    violations.push({
      field: 'image',
      description: 'must be 1 to 63 lower-case letters, digits, ".", "_" and "-", a letter or digit at both ends',
    });
  }
  if (spec.workDiskMib !== 0) violations.push({ field: 'spec.work_disk_mib', description: 'is no part of an image' });
  if (script !== undefined && script.length > maxScriptBytes) {
    const description = `must have at most ${maxScriptBytes} bytes, has ${script.length}; have the script fetch the rest`;
    violations.push({ field: 'script', description });
  }
  return violations;
}

/** A machine that something is installed in needs more memory than one that only runs. */
const buildMemoryMib = 1024;

/** The spec of the VM that the work is done in. */
export function buildSpec(spec: VmSpec): VmSpec {
  const memoryMib = spec.memoryMib || Math.max(buildMemoryMib, specLimits.memoryMib.standard);
  return {
    ...spec,
    memoryMib,
    restartPolicy: 'never',
    autostart: false,
    autostartOrder: 0,
    aliases: [],
    ipv4Address: '',
    macAddress: '',
    policy: emptyPolicy,
    labels: {},
    environment: {},
    userData: '',
  };
}

/** The digest of all that an image made by a script is made of. Whether there was a network belongs to it. */
export function inputDigest(base: string, script: Uint8Array, nat: boolean): string {
  const hash = createHash('sha256').update(`customized 1\nbase ${base}\nnat ${nat}\n`).update(script);
  return `sha256:${hash.digest('hex')}`;
}
