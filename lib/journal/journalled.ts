import { currentContext } from '../context.js';
import type { Intent, Journal } from './journal.js';

// biome-ignore lint/suspicious/noExplicitAny: the parameters of any method.
type Method = (...args: any[]) => unknown;

/** What an effect does, told from its arguments. */
export interface EffectNote {
  /** What it is done to; absent for what the work as a whole is about, or the host. */
  readonly subject?: string;
  readonly detail?: string;
}

export interface Effect<A extends readonly unknown[]> {
  readonly kind: 'makes' | 'removes';
  readonly note: (...args: A) => EffectNote;
}

/**
 * What each method of a port does to the host: an effect that outlasts the call, or `none`. A port that gets a new method
 * does not compile until it is said here which it is, so that no effect is forgotten.
 */
export type Kinds<P> = {
  readonly [M in keyof P as P[M] extends Method ? M : never]: P[M] extends Method
    ? 'none' | Effect<Parameters<P[M]>>
    : never;
};

/** An effect that makes or changes something. */
export function makes<A extends readonly unknown[]>(note: (...args: A) => EffectNote = () => ({})): Effect<A> {
  return { kind: 'makes', note };
}

/** An effect that only takes something away. */
export function removes<A extends readonly unknown[]>(note: (...args: A) => EffectNote = () => ({})): Effect<A> {
  return { kind: 'removes', note };
}

/** A port each of whose effects is an intent in the journal before, and a fact after. `name` is the first half of its steps. */
export function journalled<P extends object>(journal: Journal, name: string, port: P, kinds: Kinds<P>): P {
  const effects = new Map<PropertyKey, Method>();
  for (const [method, kind] of Object.entries<'none' | Effect<never>>(kinds)) {
    if (kind !== 'none') effects.set(method, recording(journal, `${name}.${method}`, port, method, kind));
  }
  return new Proxy(port, {
    get(target, key) {
      const effect = effects.get(key);
      if (effect) return effect;
      const value: unknown = Reflect.get(target, key, target);
      // A class may keep what is its own where only itself can reach it.
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function recording(journal: Journal, step: string, port: object, method: string, effect: Effect<never>): Method {
  const isRemoval = effect.kind === 'removes';
  return (...args) => {
    const { subject, detail = '' } = effect.note(...(args as never));
    const intent: Intent = { subject: subject ?? currentContext()?.subject ?? 'host', step, detail, isRemoval };
    return journal.effect(intent, async () => (port as Record<string, Method>)[method]?.(...args));
  };
}

/** The steps that a service's table of ports names: "port.method" of every effect. */
export function stepsOf(ports: Readonly<Record<string, object>>): string[] {
  return Object.entries(ports).flatMap(([port, kinds]) =>
    Object.entries(kinds)
      .filter(([, kind]) => kind !== 'none')
      .map(([method]) => `${port}.${method}`),
  );
}
