import { createHash } from 'node:crypto';
import type { FieldViolation } from '../../../lib/errors.js';

/** What a guest is told before its first boot, beside who it is: fixed for its life, and it may hold secrets. */
export interface GuestData {
  /** Variables of everyone who logs in, in the order of their names. */
  readonly environment: Readonly<Record<string, string>>;
  /** For cloud-init; empty for none. */
  readonly userData: string;
}

/** Sizes in bytes. What cloud providers take at most is 16 to 64 KiB. */
const guestDataLimits = { variableCount: 256, lineBytes: 1000, userDataBytes: 64 * 1024 } as const;

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\u0000-\u001f\u007f]/;

/** Every mistake in it. pam_env(8), which reads the file, knows no escapes: what it would change is refused. */
export function guestDataViolations({ environment, userData }: GuestData): FieldViolation[] {
  const { variableCount, userDataBytes } = guestDataLimits;
  const entries = Object.entries(environment);
  const violations = entries.flatMap(([name, value]) => {
    const description = nameProblem(name) ?? valueProblem(name, value);
    return description === undefined ? [] : [{ field: `environment[${name}]`, description }];
  });
  if (entries.length > variableCount) {
    violations.push({ field: 'environment', description: `must be at most ${variableCount}, are ${entries.length}` });
  }
  const size = Buffer.byteLength(userData);
  if (size > userDataBytes) {
    const description = `must have at most ${userDataBytes} bytes, has ${size}; have it fetch the rest`;
    violations.push({ field: 'user_data', description });
  }
  return violations;
}

function nameProblem(name: string): string | undefined {
  return namePattern.test(name) ? undefined : 'its name must be letters, digits and "_", no digit first';
}

function valueProblem(name: string, value: string): string | undefined {
  if (controls.test(value)) return 'must be one line without control characters';
  if (value.includes('#')) return 'must have no "#": what reads it takes that for a comment';
  if (value !== value.trim()) return 'must have no blanks at its ends';
  if (/^["']/.test(value)) return 'must not begin with a quote: quotes are no part of a value';
  const size = Buffer.byteLength(`${name}=${value}`);
  const { lineBytes } = guestDataLimits;
  return size <= lineBytes ? undefined : `must have at most ${lineBytes} bytes with its name, has ${size}`;
}

/** The same for the same data, and tells nothing of it: requests are remembered by it. */
export function concealed({ environment, userData }: GuestData): GuestData {
  const digest = (text: string) => createHash('sha256').update(text).digest('hex');
  return {
    environment: Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, digest(value)])),
    userData: userData && digest(userData),
  };
}

interface Entry {
  readonly path: string;
  readonly mode: number;
  readonly content: string;
}

/** The files that tell it, parents first. */
export function guestDataSeed(
  data: GuestData,
  { uid, name }: { readonly uid: string; readonly name: string },
): Entry[] {
  return [...environmentSeed(data), ...cloudSeed(data, uid, name)];
}

/**
 * Twice: for pam_env(8) and whoever reads the file himself, and for an sshd without PAM, as that of our images. There the
 * first SetEnv counts, so that all stand in one; a backslash keeps the next character from ending a quoted word.
 */
function environmentSeed({ environment }: GuestData): Entry[] {
  const lines = Object.entries(environment).map(([key, value]) => `${key}=${value}`);
  if (lines.length === 0) return [];
  const quoted = lines.map((line) => `"${line.replace(/["\\]/g, '\\$&')}"`);
  return [
    { path: environmentPath, mode: 0o644, content: lines.map((line) => `${line}\n`).join('') },
    { path: 'etc/ssh/sshd_config.d/', mode: 0o755, content: '' },
    { path: sshdPath, mode: 0o600, content: `SetEnv ${quoted.join(' ')}\n` },
  ];
}

/**
 * The seed of cloud-init's NoCloud, and a setting that leaves alone what is banger's: the address, which the initrd has
 * set, the host key, which known_hosts has, and root's login.
 */
function cloudSeed({ userData }: GuestData, uid: string, name: string): Entry[] {
  if (userData === '') return [];
  const folders = ['var/', 'var/lib/', 'var/lib/cloud/', 'var/lib/cloud/seed/', 'etc/cloud/', 'etc/cloud/cloud.cfg.d/'];
  return [
    ...folders.map((path) => ({ path, mode: 0o755, content: '' })),
    { path: 'var/lib/cloud/seed/nocloud/', mode: 0o700, content: '' },
    { path: `${cloudFolder}user-data`, mode: 0o600, content: userData },
    { path: `${cloudFolder}meta-data`, mode: 0o600, content: `instance-id: ${uid}\nlocal-hostname: ${name}\n` },
    { path: cloudConfigPath, mode: 0o644, content: cloudConfig },
  ];
}

const environmentPath = 'etc/environment';
const sshdPath = 'etc/ssh/sshd_config.d/90-banger-env.conf';
const cloudFolder = 'var/lib/cloud/seed/nocloud/';
const cloudConfigPath = 'etc/cloud/cloud.cfg.d/90-banger.cfg';
const cloudConfig = `# Made by banger: user data may say otherwise.
datasource_list: [NoCloud, None]
network: {config: disabled}
ssh_deletekeys: false
disable_root: false
preserve_hostname: true
`;

/** The files that hold it, which are one machine's and no image's. */
export function guestDataPaths({ environment, userData }: GuestData): string[] {
  const cloud = [`${cloudFolder}user-data`, `${cloudFolder}meta-data`, cloudConfigPath];
  return [
    ...(Object.keys(environment).length > 0 ? [environmentPath, sshdPath] : []),
    ...(userData === '' ? [] : cloud),
  ];
}
