/** What is read of a google.protobuf.FileDescriptorSet in JSON, as `buf build` writes it with the comments. */

export interface FileDescriptors {
  readonly file: readonly FileDescriptor[];
}

export interface FileDescriptor {
  readonly package: string;
  readonly service?: readonly ServiceDescriptor[];
  readonly messageType?: readonly MessageDescriptor[];
  readonly enumType?: readonly EnumDescriptor[];
  readonly sourceCodeInfo: {
    readonly location: readonly { readonly path?: readonly number[]; readonly leadingComments?: string }[];
  };
}

export interface ServiceDescriptor {
  readonly name: string;
  readonly method?: readonly MethodDescriptor[];
}

export interface MethodDescriptor {
  readonly name: string;
  readonly inputType: string;
  readonly outputType: string;
  readonly clientStreaming?: boolean;
  readonly serverStreaming?: boolean;
  readonly options?: { readonly idempotencyLevel?: string };
}

export interface MessageDescriptor {
  readonly name: string;
  readonly field?: readonly FieldDescriptor[];
  readonly oneofDecl?: readonly { readonly name: string }[];
  readonly nestedType?: readonly MessageDescriptor[];
  readonly enumType?: readonly EnumDescriptor[];
  readonly options?: { readonly mapEntry?: boolean };
}

export interface FieldDescriptor {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  /** With a dot in front; absent for scalars. */
  readonly typeName?: string;
  readonly oneofIndex?: number;
  readonly proto3Optional?: boolean;
}

export interface EnumDescriptor {
  readonly name: string;
  readonly value?: readonly { readonly name: string }[];
}

/** Numbers of the fields that lead to an element, as google.protobuf.SourceCodeInfo counts them. */
export const place = {
  package: 2,
  messages: 4,
  enums: 5,
  services: 6,
  methods: 2,
  fields: 2,
  nested: 3,
  nestedEnums: 4,
  values: 2,
} as const;

/** The comment before the element at a place; empty when there is none. */
export type CommentAt = (...path: readonly number[]) => string;

export function commentsOf({ sourceCodeInfo }: FileDescriptor): CommentAt {
  const texts = new Map(
    sourceCodeInfo.location.map(({ path = [], leadingComments = '' }) => [path.join(), leadingComments] as const),
  );
  return (...path) => (texts.get(path.join()) ?? '').replace(/^ /gm, '').trim();
}
