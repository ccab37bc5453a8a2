/** The language in which api.ts describes what Firecracker takes and answers, and the types that follow from it. */

export interface Field {
  readonly type: 'string' | 'integer' | 'boolean' | 'object' | 'array';
  readonly required?: true;
  /** The only words that it may hold. */
  readonly words?: readonly string[];
  /** The first release that knows it; absent when every supported one does. */
  readonly since?: string;
  /** What an object holds, or each thing of an array; a bare object may hold anything. */
  readonly fields?: Fields;
}

export type Fields = Readonly<Record<string, Field>>;

export interface Endpoint {
  /** Absent when there is none. */
  readonly body?: Fields;
  /** What a 200 holds; absent where success is a 204. */
  readonly answer?: Fields;
}

type RequiredKeys<F extends Fields> = { [K in keyof F]: F[K] extends { required: true } ? K : never }[keyof F];

type Inner<F extends Field> = F extends { fields: infer Inside extends Fields }
  ? Shape<Inside>
  : Readonly<Record<string, unknown>>;

type Value<F extends Field> = F extends { words: readonly (infer Word)[] }
  ? Word
  : { string: string; integer: number; boolean: boolean; object: Inner<F>; array: readonly Inner<F>[] }[F['type']];

/** What a JSON object with these fields is. */
export type Shape<F extends Fields> = keyof F extends never
  ? Readonly<Record<string, never>>
  : { readonly [K in RequiredKeys<F>]: Value<F[K]> } & {
      readonly [K in Exclude<keyof F, RequiredKeys<F>>]?: Value<F[K]>;
    };
