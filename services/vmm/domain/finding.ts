/** Whether something of this host is as it should be, why, and what to do about it. */
export interface Finding {
  readonly ok: boolean;
  /** A sentence that begins small and has no full stop: it is also said in the midst of others. */
  readonly detail: string;
  /** Empty when nothing needs to be done. */
  readonly remedy: string;
}

export function good(detail: string): Finding {
  return { ok: true, detail, remedy: '' };
}

export function bad(detail: string, remedy: string): Finding {
  return { ok: false, detail, remedy };
}
