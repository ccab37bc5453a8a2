import {
  type GetStatusResponse,
  type Service,
  ServiceState,
  serviceStateToJSON,
} from '../../gen/banger/supervisor/v1/supervisor_service.js';
import { age, enumName } from '../render/format.js';
import type { Style } from '../render/style.js';
import { type Column, properties, table } from '../render/table.js';

/** A service's state in one word. */
export function serviceState(service: Service): string {
  return enumName(serviceStateToJSON(service.state), 'SERVICE_STATE');
}

const paints: Partial<Record<ServiceState, 'green' | 'red' | 'dim'>> = {
  [ServiceState.HEALTHY]: 'green',
  [ServiceState.BACKOFF]: 'red',
  [ServiceState.STOPPED]: 'dim',
};

const columns: readonly Column<Service>[] = [
  { title: 'NAME', cell: (service) => service.name },
  {
    title: 'STATE',
    cell: (service, style) => ({ text: serviceState(service), paint: style[paints[service.state] ?? 'yellow'] }),
  },
  { title: 'PID', cell: (service) => (service.pid > 0 ? String(service.pid) : '-'), right: true },
  { title: 'UP', cell: (service, style) => (service.pid > 0 ? age(service.startTime, style.now) : '-'), right: true },
  { title: 'RESTARTS', cell: (service) => String(service.restartCount), right: true },
  { title: 'LAST EXIT', cell: (service) => service.lastExit || '-' },
  { title: 'SOCKET', cell: (service) => service.socketPath, wide: true },
  { title: 'LOG', cell: (service) => service.logPath, wide: true },
  { title: 'RIGHTS', cell: (service) => service.rights || '-', wide: true },
];

export function serviceTable(services: readonly Service[], style: Style): string {
  return table(columns, services, style);
}

/** Services that run with more rights than they need. */
function rightsLines(services: readonly Service[], style: Style): [string, { text: string; paint: Style['yellow'] }][] {
  const notes = services.map(({ rights }) => rights).filter((note) => note !== '');
  return notes.map((text, index) => [index === 0 ? 'Rights' : '', { text, paint: style.yellow }]);
}

/** `ownBuild` is what this CLI was built from: another one in the daemon means that it is stale. */
export function daemonDetails(status: GetStatusResponse, ownBuild: string, style: Style): string {
  const stale = status.buildId !== ownBuild;
  const build = stale
    ? `${status.buildId}, stale: this CLI is ${ownBuild}; run \`banger daemon restart\``
    : status.buildId;
  const overview = properties(
    [
      ['Daemon', `running, pid ${status.pid}, up ${age(status.startTime, style.now)}`],
      ['Version', status.version],
      ['Build', { text: build, paint: stale ? style.yellow : (text) => text }],
      ['Names', status.dnsListener === '' ? 'not answered' : `answered at ${status.dnsListener}, UDP and TCP`],
      ['State', status.stateDir],
      ['Sockets', status.runDir],
      ...rightsLines(status.services, style),
    ],
    style,
  );
  return `${overview}\n\n${serviceTable(status.services, style)}`;
}
