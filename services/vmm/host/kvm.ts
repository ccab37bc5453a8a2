import { userInfo } from 'node:os';
import { open, pathExists, readFile } from '../../../lib/host/files.js';
import type { KvmFacts } from '../domain/kvm.js';

export interface KvmPlaces {
  readonly device: string;
  readonly cpuInfo: string;
  /** There when KVM is the one for hosts without virtualisation. */
  readonly pvmModule: string;
}

const places: KvmPlaces = { device: '/dev/kvm', cpuInfo: '/proc/cpuinfo', pvmModule: '/sys/module/kvm_pvm' };

/** What the device, the processor and the modules say. Starts nothing. */
export async function kvmFacts({ device, cpuInfo, pvmModule }: KvmPlaces = places): Promise<KvmFacts> {
  const [deviceError, processor, isPvm] = await Promise.all([
    errorOfOpening(device),
    readFile(cpuInfo, 'utf8'),
    pathExists(pvmModule),
  ]);
  const hasVirtualisation = /^flags\s*:.*\b(vmx|svm)\b/m.test(processor);
  return { deviceError, user: userName(), hasVirtualisation, isPvm };
}

/** By opening it: an access list, or a container, may say otherwise than its mode. */
async function errorOfOpening(path: string): Promise<string | undefined> {
  try {
    await (await open(path, 'r+')).close();
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** A user without an entry in passwd has a number only. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.geteuid?.() ?? '');
  }
}
