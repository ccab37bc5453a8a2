import { dnsLabelProblem } from '../dns-label.js';
import type { FieldViolation } from '../errors.js';
import { parseIp, parsePrefix } from '../ip/address.js';
import { collide, type EgressRule, everyone, type NetworkPolicy, type PublishedPort } from './policy.js';

/** What is wrong with a policy, whoever asks for it. */

/** How much one VM may have of each: more than anyone writes by hand, and little for the kernel. */
export const policyLimits = { allowFrom: 256, egress: 256, publishedPorts: 1024 } as const;
const maxPort = 65_535;

/** Every mistake, with fields as in banger.network.v1.NetworkPolicy behind `prefix`. */
export function policyViolations(policy: NetworkPolicy, prefix = ''): FieldViolation[] {
  const { allowFrom, egress, publishedPorts } = policy;
  const violations = [
    ...tooMany('allow_from', allowFrom.length, policyLimits.allowFrom),
    ...allowFrom.flatMap((source, i) => described(`allow_from[${i}]`, sourceProblem(source))),
    ...tooMany('egress', egress.length, policyLimits.egress),
    ...egress.flatMap(egressViolations),
    ...tooMany('published_ports', publishedPorts.length, policyLimits.publishedPorts),
    ...publishedPorts.flatMap(publishedViolations),
    ...collisions(publishedPorts),
  ];
  return violations.map(({ field, description }) => ({ field: `${prefix}${field}`, description }));
}

/** Says why nobody can be allowed under this name, or undefined when it is right. */
export function sourceProblem(source: string): string | undefined {
  if (source === everyone || parsePrefix(source) !== undefined) return undefined;
  if (source.includes('/') || /^[\d.]+$/.test(source) || source.includes(':')) return addressProblem(source);
  if (dnsLabelProblem(source) === undefined) return undefined;
  return `must be the name of a VM, an address, a prefix such as 10.0.0.0/8, or ${everyone}; is "${source}"`;
}

/** Says why this is no destination, or undefined when it is right. */
export function destinationProblem(destination: string): string | undefined {
  if (destination === everyone || parsePrefix(destination) !== undefined) return undefined;
  if (/[/:]/.test(destination) || /^[\d.]+$/.test(destination)) return addressProblem(destination);
  return domainProblem(destination);
}

/** At least two labels of RFC 1035 section 2.3.1, with the underscores that are in use; at most 253 characters. */
function domainProblem(text: string): string | undefined {
  const domain = text.replace(/^\*\./, '').replace(/\.$/, '');
  const labels = domain.split('.');
  const right = labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
  if (right && labels.length > 1 && domain.length <= 253 && /[a-z]/i.test(labels.at(-1) ?? '')) return undefined;
  const also = `an address, a prefix, or ${everyone}`;
  return `must be a domain such as "example.org" or "*.example.org" (with xn-- for other letters), ${also}; is "${text}"`;
}

function addressProblem(text: string): string {
  const [address = '', length] = text.split('/');
  const hasAddress = parseIp(address) !== undefined;
  if (hasAddress && length !== undefined && /^\d{1,3}$/.test(length)) {
    return `has bits set behind the prefix, or too long a prefix; is "${text}"`;
  }
  return `must be an address or a prefix such as 10.0.0.0/8; is "${text}"`;
}

function egressViolations({ destination, port }: EgressRule, i: number): FieldViolation[] {
  return [
    ...described(`egress[${i}].destination`, destinationProblem(destination)),
    ...described(`egress[${i}].port`, port === 0 ? undefined : portProblem(port)),
  ];
}

function publishedViolations({ hostAddress, hostPort, guestPort }: PublishedPort, i: number): FieldViolation[] {
  const field = `published_ports[${i}]`;
  return [
    ...described(`${field}.host_address`, hostAddress === '' ? undefined : hostAddressProblem(hostAddress)),
    ...described(`${field}.host_port`, portProblem(hostPort)),
    ...described(`${field}.guest_port`, portProblem(guestPort)),
  ];
}

/** Says why a port cannot be published at this address, or undefined when it can. */
export function hostAddressProblem(text: string): string | undefined {
  return parseIp(text)?.family === 4 ? undefined : `must be an IPv4 address of the host, is "${text}"`;
}

/** Says why this is no port, or undefined when it is one. */
export function portProblem(port: number): string | undefined {
  if (Number.isInteger(port) && port >= 1 && port <= maxPort) return undefined;
  return `must be a port, 1 to ${maxPort}, is ${port}`;
}

function collisions(ports: readonly PublishedPort[]): FieldViolation[] {
  return ports.flatMap((port, i) => {
    const earlier = ports.slice(0, i).findIndex((other) => collide(port, other));
    if (earlier < 0) return [];
    const description = `wants the port ${port.hostPort}/${port.protocol} of the host, as published_ports[${earlier}] does`;
    return [{ field: `published_ports[${i}]`, description }];
  });
}

function tooMany(field: string, count: number, most: number): FieldViolation[] {
  return described(field, count <= most ? undefined : `must be at most ${most}, are ${count}`);
}

function described(field: string, description: string | undefined): FieldViolation[] {
  return description === undefined ? [] : [{ field, description }];
}
