import {
  type ContainerConfig,
  type Image,
  imageInitToJSON,
  type Provenance,
} from '../../gen/banger/imaged/v1/image_service.js';
import { age, bytes, enumName } from '../render/format.js';
import type { Style } from '../render/style.js';
import { type Column, properties, table } from '../render/table.js';

/** Enough of a digest for people to tell two apart. */
export const shortDigest = (digest: string) => digest.replace('sha256:', '').slice(0, 12);

const imageColumns: readonly Column<Image>[] = [
  { title: 'NAME', cell: ({ names }) => names.join(', ') },
  { title: 'DIGEST', cell: (image, { wide }) => (wide ? image.digest : shortDigest(image.digest)) },
  { title: 'SIZE', cell: (image) => bytes(image.sizeBytes), right: true },
  { title: 'ON DISK', cell: (image) => bytes(image.diskUsageBytes), right: true },
  { title: 'SHARED', cell: (image) => (image.parent === '' ? '-' : bytes(image.sharedBytes)), right: true },
  { title: 'VMS', cell: (image) => String(image.holders.length), right: true },
  { title: 'AGE', cell: (image, style) => age(image.createTime, style.now) },
  { title: 'INIT', cell: (image) => enumName(imageInitToJSON(image.init), 'IMAGE_INIT'), wide: true },
  { title: 'USER', cell: (image) => image.defaultUser || '-', wide: true },
  { title: 'LIES ON', cell: (image) => image.parent || '-', wide: true },
  { title: 'HELD BY', cell: (image) => image.holders.join(', ') || '-', wide: true },
];

/** What is told when an image has been made. */
export function imageIsReady({ name, digest, diskUsageBytes }: Image): string {
  return `image ${name} is ready: ${bytes(diskUsageBytes)} on disk, ${digest}`;
}

export function imageTable(images: readonly Image[], style: Style): string {
  if (images.length === 0) return 'There are no images. Build one with `banger image build debian`.';
  return table(imageColumns, images, style);
}

export function imageDetails(image: Image, style: Style): string {
  return properties(
    [
      ['Name', image.names.join(', ')],
      ['Digest', image.digest],
      ['Size', `${bytes(image.sizeBytes)} (${bytes(image.diskUsageBytes)} on disk)`],
      ['Lies on', image.parent && `${image.parent} (${bytes(image.sharedBytes)} on disk, shared)`],
      ['Init', enumName(imageInitToJSON(image.init), 'IMAGE_INIT')],
      ['User', image.defaultUser],
      ...common(image, style),
    ],
    style,
  );
}

interface Built {
  readonly createTime?: Date | undefined;
  readonly provenance?: Provenance | undefined;
  readonly holders: readonly string[];
}

/** What is told of every kind of object. */
export function common({ createTime, provenance, holders }: Built, style: Style) {
  return [
    ['Built', createTime && `${createTime.toISOString()} (${age(createTime, style.now)} ago)`],
    ['Made of', provenance && [provenance.source, provenance.suite].filter((part) => part !== '').join(', ')],
    ['Packages', provenance?.packages.length ? String(provenance.packages.length) : undefined],
    ['Would run', provenance?.container && commandOf(provenance.container)],
    ['Held by', holders.length > 0 ? holders.join(', ') : 'no VM'],
  ] as const;
}

/** What a container would run, as words; undefined when it says nothing. */
function commandOf({ entrypoint, cmd, user }: ContainerConfig): string | undefined {
  const words = [...entrypoint, ...cmd].join(' ');
  if (words === '') return undefined;
  return user === '' ? words : `${words}, as ${user}`;
}
