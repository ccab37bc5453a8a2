import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { BangerError, commonReasons, type FieldViolation } from '../errors.js';
import { readFile, stat } from '../host/files.js';
import type { ServiceName } from '../paths.js';
import type { RemoteConfig } from './config.js';

/** How a process listens to other hosts: all of it there, and proved to fit together. */
export interface RemoteListening {
  readonly address: string;
  readonly port: number;
  readonly certificate: Buffer;
  readonly key: Buffer;
  readonly authority: Buffer;
  readonly admins: readonly string[];
  readonly readers: readonly string[];
  /** When our own certificate ends, in milliseconds since 1970. */
  readonly endsAt: number;
}

type FileKey = 'certificate' | 'key' | 'authority';
const files: Readonly<Record<FileKey, string>> = {
  certificate: "the PEM file of this host's certificate",
  key: 'the PEM file of its private key',
  authority: 'the PEM file of the authority that signs the certificates of callers',
};
/** All rights of others, and that of its group to write. */
const tooOpen = 0o027;

/** Undefined when the port is 0. Fails with INVALID_CONFIG: nobody is served without certificates. All mistakes at once. */
export async function remoteListening(
  config: RemoteConfig,
  program: ServiceName | 'supervisor',
  path: string,
): Promise<RemoteListening | undefined> {
  const port = config[program];
  if (port === 0) return undefined;
  const problems = nobody(config);
  const read = async (key: FileKey) => readPem(config[key], key, problems);
  const [certificate, key, authority] = [await read('certificate'), await read('key'), await read('authority')];
  const own = certificate && parsed(() => new X509Certificate(certificate));
  if (certificate && !own) problems.push(violation('certificate', `${config.certificate} holds no certificate in PEM`));
  if (authority) checkAuthority(config.authority, authority, problems);
  if (key) checkKey(config, key, own, problems);
  if (problems.length === 0 && certificate && key && authority) {
    const unusable = contextProblem({ cert: certificate, key, ca: authority });
    if (unusable) problems.push(violation('certificate', `cannot be used: ${unusable}`));
  }
  if (problems.length > 0 || !certificate || !key || !authority || !own) throw invalidConfig(program, path, problems);
  const { address, admins, readers } = config;
  return { address, port, certificate, key, authority, admins, readers, endsAt: Date.parse(own.validTo) };
}

function nobody({ admins, readers }: RemoteConfig): FieldViolation[] {
  if (admins.length + readers.length === 0) {
    return [violation('admins', 'nobody is let in: name certificates here or in readers, as "CN:alice"')];
  }
  const both = admins.filter((name) => readers.includes(name));
  return both.map((name) => violation('readers', `${name} is one of admins already`));
}

async function readPem(path: string, key: FileKey, problems: FieldViolation[]): Promise<Buffer | undefined> {
  if (path === '') {
    problems.push(violation(key, `must be given: ${files[key]}`));
    return undefined;
  }
  try {
    const { mode } = await stat(path);
    if (key === 'key' && (mode & tooOpen) !== 0) problems.push(violation(key, openToOthers(path, mode)));
    return await readFile(path);
  } catch (error) {
    problems.push(violation(key, unreadable(path, error as NodeJS.ErrnoException)));
    return undefined;
  }
}

function openToOthers(path: string, mode: number): string {
  const shown = (mode & 0o777).toString(8).padStart(4, '0');
  return `${path} has mode ${shown}, so that others have it too; \`chmod 0640\` it, and give others a new key`;
}

function unreadable(path: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return `there is no file ${path}`;
  if (code !== 'EACCES') return `${path} cannot be read: ${message}`;
  return `user ${process.geteuid?.()} may not read ${path}; give it to a group of this user, with mode 0640`;
}

function checkAuthority(path: string, pem: Buffer, problems: FieldViolation[]): void {
  const found = parsed(() => new X509Certificate(pem));
  if (!found) problems.push(violation('authority', `${path} holds no certificate in PEM`));
  else if (!found.ca) problems.push(violation('authority', `${path} is no certificate of an authority`));
}

function checkKey(config: RemoteConfig, pem: Buffer, own: X509Certificate | undefined, to: FieldViolation[]): void {
  const found = parsed(() => createPrivateKey(pem));
  if (!found) to.push(violation('key', `${config.key} holds no private key in PEM, or one with a passphrase`));
  else if (own && !own.checkPrivateKey(found)) {
    to.push(violation('key', `${config.key} is not the key of the certificate ${config.certificate}`));
  }
}

function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

function contextProblem(options: Parameters<typeof createSecureContext>[0]): string | undefined {
  try {
    createSecureContext(options);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function violation(key: keyof RemoteConfig, description: string): FieldViolation {
  return { field: `remote.${key}`, description };
}

function invalidConfig(program: string, path: string, fields: readonly FieldViolation[]): BangerError {
  const text = fields.map(({ field, description }) => `${field}: ${description}`).join('; ');
  const message = `cannot use the configuration ${path}: ${program} shall serve other hosts, but ${text}`;
  return new BangerError('invalid', commonReasons.INVALID_CONFIG, message, { fields, metadata: { path } });
}
