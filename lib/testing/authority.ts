import { join } from 'node:path';
import { runCommand } from '../host/command.js';

/** A certificate with its key, as the paths of PEM files. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

export interface Asked {
  /** As openssl writes it. */
  readonly subject?: string;
  /** Of alternative names, as openssl writes them. */
  readonly names?: string;
  /** Until when it holds, in days from now. */
  readonly days?: number;
  /** What it may be used for, such as "serverAuth"; anything unless given. */
  readonly usage?: string;
}

/** An authority of a test's own, by openssl(1). */
export interface Authority {
  /** Its own certificate, a PEM file. */
  readonly certificate: string;
  issue(name: string, asked?: Asked): Promise<Issued>;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const openssl = (...args: string[]) => runCommand(['openssl', ...args]);

export async function createAuthority(folder: string, name: string): Promise<Authority> {
  const path = (file: string) => join(folder, `${name}-${file}`);
  const [certificate, key] = [path('authority.pem'), path('authority.key')];
  const isAuthority = ['-addext', 'basicConstraints=critical,CA:TRUE'];
  await openssl('req', '-x509', ...newKey, '-keyout', key, '-out', certificate, '-subj', `/CN=${name}`, ...isAuthority);
  return {
    certificate,
    async issue(holder, { subject = `/CN=${holder}`, names, days = 1, usage }: Asked = {}) {
      const issued = { certificate: path(`${holder}.pem`), key: path(`${holder}.key`) };
      const request = path(`${holder}.csr`);
      const extensions = [
        ...(names === undefined ? [] : ['-addext', `subjectAltName=${names}`]),
        ...(usage === undefined ? [] : ['-addext', `extendedKeyUsage=${usage}`]),
      ];
      await openssl('req', '-new', ...newKey, '-keyout', issued.key, '-out', request, '-subj', subject, ...extensions);
      const signing = ['-CA', certificate, '-CAkey', key, '-CAcreateserial', '-copy_extensions', 'copy'];
      const term = ['-days', String(days), '-out', issued.certificate];
      await openssl('x509', '-req', '-in', request, ...signing, ...term);
      return issued;
    },
  };
}
