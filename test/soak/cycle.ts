import * as imaged from '../../cli/connections/imaged.js';
import * as netd from '../../cli/connections/netd.js';
import * as supervisor from '../../cli/connections/supervisor.js';
import * as vmm from '../../cli/connections/vmm.js';
import { CreateVmRequest, StreamConsoleLogRequest } from '../../gen/banger/vmm/v1/vm_service.js';
import type { Paths } from '../../lib/paths.js';
import type { Service } from './measure.js';

const patientMs = 300_000;

/** What a user does with a running VM beside asking banger about it. */
export type Use = (name: string, address: string) => Promise<void>;

/** A user's connections to a banger, as long as a soak lasts. */
export class Cycler {
  readonly #vmm: ReturnType<typeof vmm.connect>;
  readonly #netd: ReturnType<typeof netd.connect>;
  readonly #imaged: ReturnType<typeof imaged.connect>;
  readonly #supervisor: ReturnType<typeof supervisor.connect>;

  constructor(
    paths: Paths,
    private readonly use: Use = async () => undefined,
  ) {
    this.#vmm = vmm.connect(paths);
    this.#netd = netd.connect(paths);
    this.#imaged = imaged.connect(paths);
    this.#supervisor = supervisor.connect(paths);
  }

  /** Create, use, pause, resume, stop, start, use, restart, delete. */
  async cycle(name: string): Promise<void> {
    const patient = { deadlineMs: patientMs };
    const spec = { workDiskMib: 64 };
    await this.#vmm.createVm(CreateVmRequest.fromPartial({ name, spec, wait: true }), patient);
    await this.#used(name);
    await this.#vmm.pauseVm({ name, wait: true }, patient);
    await this.#vmm.resumeVm({ name, wait: true }, patient);
    await this.#vmm.stopVm({ name, wait: true, graceSeconds: 1 }, patient);
    await this.#vmm.startVm({ name, wait: true }, patient);
    await this.#used(name);
    await this.#vmm.restartVm({ name, wait: true, graceSeconds: 1 }, patient);
    await this.#vmm.deleteVm({ name, force: true, wait: true, purge: true }, patient);
  }

  async services(): Promise<Service[]> {
    const { services, pid } = await this.#supervisor.getStatus({});
    return [...services, { name: 'supervisor', pid }].map(({ name, pid }) => ({ name, pid }));
  }

  close(): void {
    for (const client of [this.#vmm, this.#netd, this.#imaged, this.#supervisor]) client.close();
  }

  async #used(name: string): Promise<void> {
    const { vm } = await this.#vmm.getVm({ name });
    await this.#vmm.getVmStats({ name });
    await this.#readConsole(name);
    await this.#netd.listAttachments({});
    await this.#imaged.listImages({});
    await this.use(name, vm?.status?.ipv4Address ?? '');
  }

  async #readConsole(name: string): Promise<void> {
    const request = StreamConsoleLogRequest.fromPartial({ name, follow: false });
    for await (const _ of this.#vmm.streamConsoleLog(request, { deadlineMs: patientMs }));
  }
}
