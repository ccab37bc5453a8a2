import { BangerError } from '../../lib/errors.js';
import { reasons } from '../errors.js';
import { activation, mark, type ResolverKind, type Route, type WiringFile, wiringFile } from './wiring.js';

/** What an installation does, or its undoing, as data: `--dry-run` shows it, and tests compare it. */
export type Step =
  | { readonly do: 'write'; readonly path: string; readonly text: string }
  | { readonly do: 'remove'; readonly path: string }
  | { readonly do: 'run'; readonly argv: readonly string[] };

/** A file at one of our places, as it is now. */
export interface PresentFile {
  readonly kind: ResolverKind;
  readonly path: string;
  readonly text: string;
}

/**
 * The steps that tell a resolver of our zones, and take back what another one was told before. None when all is as it should be.
 * Fails with DNS_WIRING_FOREIGN when somebody else's file is at our place.
 */
export function installPlan(kind: ResolverKind, route: Route, present: readonly PresentFile[]): Step[] {
  const file = wiringFile(kind, route);
  const stale = present.filter((each) => each.kind !== kind && isOurs(each));
  const undo = stale.flatMap((each) => removal(each));
  if (file === undefined) return undo;
  const current = present.find(({ path }) => path === file.path);
  if (current && !isOurs(current)) throw foreign(current.path);
  return current?.text === file.text ? undo : [...undo, ...writing(kind, file)];
}

function writing(kind: ResolverKind, { path, text }: WiringFile): Step[] {
  return [{ do: 'write', path, text }, ...activation(kind, 'install').map(run)];
}

/** The steps that take back what was told. Files that are not ours stay. */
export function uninstallPlan(present: readonly PresentFile[]): Step[] {
  return present.filter(isOurs).flatMap((each) => removal(each));
}

/** A service is stopped before its unit goes, and a resolver reads its settings again after they have gone. */
function removal({ kind, path }: PresentFile): Step[] {
  const remove: Step = { do: 'remove', path };
  const steps = activation(kind, 'uninstall').map(run);
  if (kind !== 'systemd-resolved') return [remove, ...steps];
  return [...steps, remove, run(['systemctl', 'daemon-reload'])];
}

export function isOurs({ text }: { readonly text: string }): boolean {
  return text.startsWith(`${mark}\n`);
}

function run(argv: readonly string[]): Step {
  return { do: 'run', argv };
}

function foreign(path: string): BangerError {
  const message =
    `cannot tell the resolver of VMs' names: ${path} is there and is not of banger; ` +
    'move it away, or add the lines that `banger dns install --dry-run --resolver resolv.conf` prints by hand';
  return new BangerError('exists', reasons.DNS_WIRING_FOREIGN, message, { metadata: { path } });
}
