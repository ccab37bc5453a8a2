/** Who a guest is. Its disk says so before it first boots. */
export interface GuestIdentity {
  readonly name: string;
  /** Also the guest's resolver. */
  readonly gateway: string;
  /** 32 hexadecimal digits: machine-id(5). */
  readonly machineId: string;
  readonly hostPrivateKey: string;
  readonly hostPublicKey: string;
  /** The line that lets the managed key in. */
  readonly authorizedKey: string;
}

interface Entry {
  readonly path: string;
  readonly mode: number;
  readonly content: string;
}

/**
 * The files of a guest's writable layer that carry its identity, parents first. They hide those of the image, and so
 * do the modes of the folders.
 */
export function identitySeed(identity: GuestIdentity): Entry[] {
  const { name } = identity;
  return [
    folder('root/', 0o700),
    folder('root/.ssh/', 0o700),
    file('root/.ssh/authorized_keys', 0o600, `${identity.authorizedKey}\n`),
    file('etc/hostname', 0o644, `${name}\n`),
    file('etc/hosts', 0o644, `127.0.0.1 localhost\n127.0.1.1 ${name}.vm ${name}\n::1 localhost ip6-localhost\n`),
    file('etc/resolv.conf', 0o644, `nameserver ${identity.gateway}\n`),
    file('etc/machine-id', 0o444, `${identity.machineId}\n`),
    file('etc/ssh/ssh_host_ed25519_key', 0o600, identity.hostPrivateKey),
    file('etc/ssh/ssh_host_ed25519_key.pub', 0o644, `${identity.hostPublicKey} root@${name}\n`),
  ];
}

/**
 * What belongs to one machine and to no image: what its seed brought, and what it has made of that kind itself. Relative
 * to the root of the guest.
 */
export const personalPaths: readonly string[] = [
  'root/.ssh/authorized_keys',
  'etc/hostname',
  'etc/hosts',
  'etc/resolv.conf',
  'etc/machine-id',
  ...['ed25519', 'rsa', 'ecdsa', 'dsa'].flatMap((type) => [
    `etc/ssh/ssh_host_${type}_key`,
    `etc/ssh/ssh_host_${type}_key.pub`,
    `etc/dropbear/dropbear_${type}_host_key`,
  ]),
  'var/lib/systemd/random-seed',
];

function folder(path: string, mode: number): Entry {
  return { path, mode, content: '' };
}

function file(path: string, mode: number, content: string): Entry {
  return { path, mode, content };
}
