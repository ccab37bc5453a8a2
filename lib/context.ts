import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** Who called. */
export type Caller = LocalCaller | RemoteCaller;

/** As the kernel tells it of the other end of a socket. */
export interface LocalCaller {
  readonly uid: number;
  readonly gid: number;
  /** 0 when it is not known. */
  readonly pid: number;
}

/** As a certificate says that our authority vouches for. */
export interface RemoteCaller {
  /** The name in it that gives the right, such as "CN:alice". */
  readonly certificate: string;
  /** Where the connection comes from, an IP address. */
  readonly address: string;
}

/** What everything that is done for one request has in common, however deep in the code, and in every service. */
export interface WorkContext {
  /** The same in all services that work for one request. */
  readonly requestId: string;
  /** What is being done: the method of a call, or what a service does of its own accord. */
  readonly verb: string;
  /** What it is done to, such as the uid of a VM; absent where that is not one thing. */
  readonly subject?: string;
  /** Absent when nobody called, or the kernel does not tell who. */
  readonly caller?: Caller;
}

const storage = new AsyncLocalStorage<WorkContext>();

/** Does work, and all that it begins, in a context. */
export function inContext<T>(context: WorkContext, work: () => T): T {
  return storage.run(context, work);
}

/** The context that the calling code runs in; undefined at the start of a process, and in what nothing has begun. */
export function currentContext(): WorkContext | undefined {
  return storage.getStore();
}

/** Does work that nobody asked for now, such as repairs: in a context of its own. */
export function ofOwnAccord<T>(verb: string, work: () => T): T {
  return storage.run({ requestId: randomUUID(), verb }, work);
}

/** Does work about one thing, in the context that is there. */
export function about<T>(subject: string, work: () => T): T {
  const context = storage.getStore();
  return context === undefined ? work() : storage.run({ ...context, subject }, work);
}
