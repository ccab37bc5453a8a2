import facts from '../firecracker-api.json' with { type: 'json' };

/** The API as data: every endpoint with its fields, as far as one version knows them. */

/** What a value in a body must be. */
export interface Shape {
  readonly type: 'string' | 'integer' | 'boolean' | 'object' | 'array' | 'any';
  readonly nullable?: boolean;
  readonly enum?: readonly string[];
  readonly enum_since?: Readonly<Record<string, string>>;
  readonly case_insensitive?: boolean;
  readonly max?: number;
  readonly pattern?: string;
  readonly equals_path?: string;
  readonly fields?: readonly Field[];
  readonly items?: Shape;
  /** The type of every value, in an object whose keys are free. */
  readonly values?: 'string';
  /** What becomes of fields that are not named. */
  readonly unknown?: 'reject' | 'ignore' | 'store' | null;
  /** What faults call the object. */
  readonly struct?: string;
}

export interface Field extends Shape {
  readonly name: string;
  readonly required: boolean;
  readonly default?: unknown;
  readonly since?: string;
  readonly deprecated?: string;
  readonly deprecated_values?: readonly string[];
}

type Phase = 'pre' | 'post' | 'both';

export interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly phase: Phase;
  readonly phase_by_value?: Readonly<Record<string, string>>;
  readonly post_with_pci_since?: string;
  readonly requires_pci?: boolean;
  readonly fields: readonly Field[];
  readonly unknown: Shape['unknown'];
  readonly body: 'required' | 'optional' | 'forbidden';
  readonly since?: string;
  readonly at_least_one?: boolean;
  readonly repeat?: 'replaces' | 'updates' | 'fault';
  readonly allowed_before_load?: boolean;
}

/** Whether a version such as `1.17.0-dev` has what came with `since`. */
export function reaches(version: string, since = '0.0'): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [sinceMajor = 0, sinceMinor = 0] = since.split('.').map(Number);
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
}

export function endpointsOf(version: string): Endpoint[] {
  const known = (facts as unknown as Endpoint[]).filter(({ since }) => reaches(version, since));
  return known.map((endpoint) => ({ ...endpoint, fields: fieldsOf(version, endpoint.fields) }));
}

function fieldsOf(version: string, fields: readonly Field[]): Field[] {
  const known = fields.filter(({ since }) => reaches(version, since));
  return known.map((field) => ({
    ...field,
    enum: field.enum?.filter((word) => reaches(version, field.enum_since?.[word])),
    fields: field.fields && fieldsOf(version, field.fields),
  }));
}

/** Such as `PUT /drives/{drive_id}`. */
export function nameOf({ method, path }: Endpoint): string {
  return `${method} ${path}`;
}

/** What comes after the first `/`, in parts; a slash at the end adds none. */
export function segmentsOf(path: string): string[] {
  return path
    .replace(/^\//, '')
    .replace(/\/$/, '')
    .split('/')
    .filter((part, at) => part !== '' || at > 0);
}

/** The endpoint with the most parts in common, for parts beyond it are ignored. A missing id is still its endpoint. */
export function endpointFor(endpoints: readonly Endpoint[], method: string, path: string): Endpoint | undefined {
  const asked = segmentsOf(path);
  const fits = (endpoint: Endpoint) => {
    const own = segmentsOf(endpoint.path);
    if (own.length === 0) return asked.length === 0;
    return own.every((part, at) => part.startsWith('{') || part === asked[at]);
  };
  const found = endpoints.filter((endpoint) => endpoint.method === method && fits(endpoint));
  return found.sort((one, other) => segmentsOf(other.path).length - segmentsOf(one.path).length)[0];
}
