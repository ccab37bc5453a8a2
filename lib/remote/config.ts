import { z } from 'zod';
import { distinctPorts, servicePorts } from '../service-ports.js';

const nameWords = 'must be a name in a certificate: "CN:…", "DNS:…", "URI:…" or "email:…"';
const names = z.array(z.string(nameWords).regex(/^(CN|DNS|URI|email):\S/, nameWords)).default([]);
const file = z.union([z.literal(''), z.string().startsWith('/')], 'must be an absolute path').default('');

/** The section [remote], which every process reads. A program whose port is 0 serves its socket alone. */
export const remoteSchema = z
  .strictObject({
    /** Where other hosts are listened to. */
    address: z.union([z.ipv4(), z.ipv6()], 'must be an IP address of this host').default('127.0.0.1'),
    ...servicePorts,
    /** PEM files: ours, with what it takes to come to its authority; its key; the authorities that vouch for callers. */
    certificate: file,
    key: file,
    authority: file,
    /** Names in certificates whose owners may call everything. */
    admins: names,
    /** Names in certificates whose owners may read. */
    readers: names,
  })
  .superRefine(distinctPorts);

export type RemoteConfig = z.infer<typeof remoteSchema>;
