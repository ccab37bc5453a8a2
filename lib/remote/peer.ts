import type { PeerCertificate } from 'node:tls';
import { BangerError, commonReasons } from '../errors.js';
import type { CalledMethod, Role } from '../rpc/access.js';

/** Who is at the other end of a connection from another host, and what they may: by the names in their certificate. */

export interface RemoteRules {
  readonly admins: readonly string[];
  readonly readers: readonly string[];
}

export interface RemotePeer {
  readonly role: Role;
  /** The name that gives the role; for a stranger all names, for messages. */
  readonly name: string;
}

/** One entry of Node's text of alternative names; a value with a comma or a quote in it is a JSON string. */
const entry = /([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y;
const kinds = ['DNS', 'URI', 'email'];

/**
 * The names that a certificate gives its owner, as the configuration writes them: "CN:alice", "DNS:ci.example.org". A text
 * that is not wholly understood gives none, nor does a subject with several common names.
 */
export function namesIn({ subject, subjectaltname }: Pick<PeerCertificate, 'subject' | 'subjectaltname'>): string[] {
  // Node has a list where a subject has several; its types do not say so.
  const common: unknown = subject?.CN;
  return [...(typeof common === 'string' ? [`CN:${common}`] : []), ...alternatives(subjectaltname ?? '')];
}

function alternatives(text: string): string[] {
  const found: string[] = [];
  entry.lastIndex = 0;
  while (entry.lastIndex < text.length) {
    const match = entry.exec(text);
    if (match === null) return [];
    const [, kind = '', value = ''] = match;
    if (kinds.includes(kind)) found.push(`${kind}:${value.startsWith('"') ? JSON.parse(value) : value}`);
  }
  return found;
}

export function remotePeer(names: readonly string[], { admins, readers }: RemoteRules): RemotePeer {
  const admin = names.find((name) => admins.includes(name));
  if (admin !== undefined) return { role: 'admin', name: admin };
  const reader = names.find((name) => readers.includes(name));
  if (reader !== undefined) return { role: 'reader', name: reader };
  return { role: 'stranger', name: names.join(', ') || 'without a name' };
}

/** Undefined when the peer may call the method of `service`; else the error for them. */
export function remoteRefusalOf(peer: RemotePeer, called: CalledMethod, service: string): BangerError | undefined {
  const { role, name } = peer;
  if (role === 'admin' || (role === 'reader' && called.readOnly)) return undefined;
  const method = called.path.slice(called.path.lastIndexOf('/') + 1);
  const why = role === 'reader' ? 'may read only' : 'may not call anything here';
  const message =
    `cannot call ${method} of ${service}: the certificate ${name} ${why}; ` +
    'who may is listed in admins and readers of section [remote] on that host';
  return new BangerError('wrong-state', commonReasons.CALLER_DENIED, message, {
    metadata: { certificate: name, role, method },
  });
}
