import { type Call, callOf, isDeprecated, Refusal } from './calls.js';
import { deviceHandlers } from './device-handlers.js';
import type { Handlers } from './handlers.js';
import type { HttpRequest } from './http-parser.js';
import type { Answer } from './http-server.js';
import { lifeHandlers } from './life-handlers.js';
import type { Machine } from './machine.js';
import { memoryHandlers } from './memory-handlers.js';
import { mmdsHandlers } from './mmds-handlers.js';
import { FatalRefusal } from './snapshots.js';
import { type Endpoint, endpointsOf, nameOf } from './table.js';

/** The API of one machine: what the table refuses, what the phase forbids, and what is left for the machine. */
export class Api {
  readonly #endpoints: readonly Endpoint[];
  readonly #handlers: Handlers;

  constructor(private readonly machine: Machine) {
    this.#endpoints = endpointsOf(machine.settings.version);
    const parts = [lifeHandlers, deviceHandlers, memoryHandlers, mmdsHandlers];
    this.#handlers = Object.assign({}, ...parts.map((handlers) => handlers(machine)));
    const forgotten = this.#endpoints.map(nameOf).filter((name) => !(name in this.#handlers));
    if (forgotten.length > 0) throw new TypeError(`no handler for ${forgotten.join(', ')}`);
  }

  async answer(request: HttpRequest): Promise<Answer> {
    const { log } = this.machine;
    const verb = `${request.method[0]}${request.method.slice(1).toLowerCase()}`;
    const body = request.body === undefined ? '.' : ` with body ${JSON.stringify(request.body)}.`;
    log.write(`The API server received a ${verb} request on "${request.path}"${body}`, { thread: 'fc_api' });
    let call: Call | undefined;
    try {
      call = callOf(this.#endpoints, request);
      const result = await this.execute(call);
      const answer = {
        status: call.endpoint.method === 'GET' ? 200 : 204,
        body: result,
        deprecated: isDeprecated(call),
      };
      log.write(`The request was executed successfully. Status code: ${answer.status}.`, { thread: 'fc_api' });
      return answer;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { ...this.#refused(error), deprecated: call && isDeprecated(call) };
    }
  }

  /** What a request or a section of the configuration file asks for. */
  async execute(call: Call): Promise<unknown> {
    const { endpoint, body } = call;
    const name = nameOf(endpoint);
    this.machine.metrics.count(`${endpoint.method.toLowerCase()}_api_requests`, 'count');
    this.#checkPhase(call);
    const isLoad = name === 'PUT /snapshot/load';
    if (endpoint.phase === 'pre' && !endpoint.allowed_before_load && !isLoad) this.machine.isTouched = true;
    const began = performance.now();
    const result = await this.#handlers[name]?.(call);
    if (name === 'PATCH /vm') this.#took(body.state === 'Paused' ? 'pause_vm' : 'resume_vm', began);
    if (isLoad) this.#took('load_snapshot', began);
    return result;
  }

  #took(what: string, began: number): void {
    this.machine.metrics.took(what, (performance.now() - began) * 1000);
  }

  #refused(refusal: Refusal): Answer {
    const { log, options } = this.machine;
    const { message, status } = refusal;
    log.write(`Received Error. Status code: ${status}. Message: ${message}`, { level: 'Error', thread: 'fc_api' });
    const afterwards = refusal instanceof FatalRefusal ? () => options.exit(1) : undefined;
    return { status, body: { fault_message: message }, afterwards };
  }

  #checkPhase({ endpoint, body }: Call): void {
    const { isStarted, options } = this.machine;
    const byValue = endpoint.phase_by_value;
    const phase = byValue ? byValue[String(body[byValue.field ?? ''])] : endpoint.phase;
    const pluggable = endpoint.requires_pci === true || this.#isPluggable(endpoint);
    if (phase === 'post' && !isStarted) throw misplaced('before');
    if (isStarted && pluggable && !options.hasPci) throw new Refusal('PCI is not enabled');
    if (phase === 'pre' && isStarted && !pluggable) throw misplaced('after');
  }

  #isPluggable({ post_with_pci_since: since }: Endpoint): boolean {
    return since !== undefined && this.machine.knows(since);
  }
}

function misplaced(side: 'before' | 'after'): Refusal {
  return new Refusal(`The requested operation is not supported ${side} starting the microVM.`);
}
