import { bad, type Finding, good } from './finding.js';

/** Whether Firecracker is locked up: in a folder of its own, as a user of its own. */

/** `auto` for wherever it can be done. */
export type JailSetting = 'auto' | 'on' | 'off';

export interface JailFacts {
  /** Whether we are root: the jailer makes devices and changes users. */
  readonly isRoot: boolean;
  /** The jailer's program as it was configured. */
  readonly program: string;
  /** Where it is; undefined when it was not found. */
  readonly path?: string;
}

export function jailFinding(setting: JailSetting, { isRoot, program, path }: JailFacts): Finding {
  if (setting === 'off') return bad('`jail` in [vmm] is "off"', '');
  if (!isRoot) {
    const detail = 'only root can use the jailer, and vmm runs as another user';
    return bad(detail, setting === 'on' ? 'start the daemon as root, or set `jail = "auto"` in [vmm]' : '');
  }
  if (path === undefined) {
    const remedy =
      "put the jailer of Firecracker's release on PATH, or name it with `jailer` in [vmm] or BANGER_VMM_JAILER";
    return bad(`its program ${program} was not found`, remedy);
  }
  return good(`firecracker is locked up by ${path}, each vm as a user of its own`);
}
