import type { ChildProcess } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DnsServiceService } from '../../gen/banger/dnsd/v1/dns_service.js';
import type { GetNetworkResponse } from '../../gen/banger/netd/v1/network_service.js';
import { pollUntil } from '../../lib/clock.js';
import { isBangerError } from '../../lib/errors.js';
import { residentBytes } from '../../lib/host/process.js';
import { spawnChild } from '../../lib/host/spawn.js';
import { silentLog } from '../../lib/log.js';
import { createClient } from '../../lib/rpc/client.js';
import type { RpcClient } from '../../lib/rpc/contract.js';
import { type RunningServer, serve } from '../../lib/rpc/server.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { FrameReader, frame } from '../../services/dnsd/host/framing.js';
import { FakeNetd } from './fake-netd.js';
import { FakeVmm, type NamedGuest } from './fake-vmm.js';
import { serviceBundle } from './service-bundle.js';

/** dnsd as a process on a port of its own, with a vmm and a netd that say what a test wants, and what asks it in octets. */
export class NamesLab {
  readonly #bundle = serviceBundle('dnsd');
  #folder?: Awaited<ReturnType<typeof tempFolder>>;
  #netd?: RunningServer;
  #vmm?: FakeVmm;
  #child?: ChildProcess;
  #client?: RpcClient<typeof DnsServiceService>;

  constructor(
    readonly port: number,
    private readonly network: Partial<GetNetworkResponse>,
    /** In front of dnsd's own arguments, such as `taskset`. */
    private readonly prefix: readonly string[] = [],
  ) {}

  /** Starts everything; the vmm knows `vms`, and dnsd all of them when this returns. */
  async start(vms: Map<string, NamedGuest>): Promise<void> {
    this.#folder = await tempFolder();
    const { path } = this.#folder;
    await this.#bundle.build();
    const bindings = [new FakeNetd(this.network).binding()];
    this.#netd = await serve({ service: 'netd', socketPath: join(path, 'netd.sock'), bindings, log: silentLog });
    this.#vmm = await FakeVmm.start(path, vms);
    this.#client = createClient(DnsServiceService, 'dnsd', join(path, 'dnsd.sock'), { waitForReady: true });
    this.spawn();
    await this.synced();
  }

  async stop(): Promise<void> {
    this.#client?.close();
    await this.kill();
    await this.#vmm?.stop();
    await this.#netd?.stop(200);
    await this.#bundle.remove();
    await this.#folder?.remove();
  }

  get vmm(): FakeVmm {
    return present(this.#vmm);
  }

  get client(): RpcClient<typeof DnsServiceService> {
    return present(this.#client);
  }

  spawn(): void {
    const { path } = present(this.#folder);
    this.#child = spawnChild([...this.prefix, process.execPath, this.#bundle.program], {
      stdio: ['ignore', 'ignore', 'ignore'],
      env: {
        BANGER_STATE_DIR: join(path, 'state'),
        BANGER_RUN_DIR: path,
        BANGER_CONFIG: join(path, 'none.toml'),
        BANGER_DNSD_PORT: String(this.port),
      },
    });
  }

  /** Ends dnsd as the kernel would, without a word. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  synced(): Promise<boolean> {
    const probe = async () => {
      try {
        return (await this.client.getDnsStatus({}, { deadlineMs: 60_000 })).synced;
      } catch (error) {
        // The connection to a process that has just been killed breaks when it is used.
        if (isBangerError(error) && error.kind === 'unavailable') return false;
        throw error;
      }
    };
    return pollUntil(probe, { what: 'dnsd follows vmm', timeoutMs: 120_000, everyMs: 20 });
  }

  /** Whether it is the process that was spawned last, and alive. */
  isUp(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  /** What it occupies in memory. */
  residentBytes(): number {
    return residentBytes(present(this.#child).pid ?? 0) ?? 0;
  }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the lab has not been started');
  return value;
}

/** Sends datagrams, and takes what comes back in the order in which it comes. */
export class UdpAsker {
  readonly received: Buffer[] = [];

  private constructor(
    private readonly socket: Socket,
    private readonly port: number,
    private readonly server: string,
  ) {
    socket.on('message', (message) => this.received.push(message));
    socket.on('error', () => undefined);
  }

  static async open(port: number, from = '127.0.0.1', server = '127.0.0.1'): Promise<UdpAsker> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
    socket.bind(0, from);
    await once(socket, 'listening');
    return new UdpAsker(socket, port, server);
  }

  send(message: Buffer): void {
    this.socket.send(message, this.port, this.server);
  }

  close(): void {
    this.socket.close();
  }
}

/**
 * Sends messages over one TCP connection in one write, then ends its half. Gives what came back until the other side
 * ended its own.
 */
export function askTcp(port: number, messages: readonly Buffer[]): Promise<Buffer[]> {
  return new Promise((resolve) => {
    const received: Buffer[] = [];
    const reader = new FrameReader();
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('data', (chunk: Buffer) => {
      reader.push(chunk);
      for (let message = reader.next(); message; message = reader.next()) received.push(message);
    });
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy());
    socket.on('close', () => resolve(received));
    socket.end(Buffer.concat(messages.map(frame)));
  });
}
