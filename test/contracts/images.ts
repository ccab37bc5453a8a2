import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Images } from '../../services/vmm/app/ports.js';

export interface ImagesUnderTest {
  readonly images: Images;
  /** The name of an image that exists. */
  readonly image: string;
  /** The name of a kernel that exists; there is a default kernel too. */
  readonly kernel: string;
  dispose(): Promise<void>;
}

/** What vmm relies on, whoever keeps images. */
export function imagesContract(name: string, make: () => Promise<ImagesUnderTest>): void {
  describe(`images: ${name}`, () => {
    let under: ImagesUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.dispose());

    const holder = { uid: '00000000000000aa', name: 'web' };
    const digest = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);
    const path = expect.stringMatching(/^\//);

    test('a lease says what to boot, whence, and how to log in', async () => {
      expect(await under.images.acquire(holder, under.image, '')).toEqual({
        origin: { digest, init: expect.stringMatching(/^(system|light)$/), user: expect.stringMatching(/./) },
        kernelDigest: digest,
        kernelHasPvh: true,
        initrdFormat: expect.any(Number),
        rootfsPath: path,
        layerPaths: [],
        vmlinuxPath: path,
        initrdPath: path,
      });
    });

    test('a repeat returns what is held', async () => {
      const first = await under.images.acquire(holder, under.image, '');
      expect(await under.images.acquire(holder, under.image, '')).toEqual(first);
    });

    test('a digest stands for the same image as its name, and so does a kernel’s name for its digest', async () => {
      const byName = await under.images.acquire(holder, under.image, under.kernel);
      const byDigest = await under.images.acquire(holder, byName.origin.digest, byName.kernelDigest);
      expect(byDigest).toEqual(byName);
    });

    test('an unknown image is IMAGE_NOT_FOUND, for a check and for a lease', async () => {
      const notFound = { kind: 'not-found', reason: 'IMAGE_NOT_FOUND' };
      await expect(under.images.check('no-such-image', '')).rejects.toMatchObject(notFound);
      await expect(under.images.acquire(holder, 'no-such-image', '')).rejects.toMatchObject(notFound);
    });

    test('an unknown kernel is KERNEL_NOT_FOUND, for a check and for a lease', async () => {
      const notFound = { kind: 'not-found', reason: 'KERNEL_NOT_FOUND' };
      await expect(under.images.check(under.image, 'no-such-kernel')).rejects.toMatchObject(notFound);
      await expect(under.images.acquire(holder, under.image, 'no-such-kernel')).rejects.toMatchObject(notFound);
    });

    test('a check of what exists succeeds, with and without a kernel', async () => {
      await expect(under.images.check(under.image, '')).resolves.toBeUndefined();
      await expect(under.images.check(under.image, under.kernel)).resolves.toBeUndefined();
    });

    test('who holds an image is known by its digest', async () => {
      const { origin } = await under.images.acquire(holder, under.image, '');
      expect(await under.images.isHeld(holder.uid, origin.digest)).toBe(true);
      expect(await under.images.isHeld('00000000000000bb', origin.digest)).toBe(false);
      expect(await under.images.isHeld(holder.uid, `sha256:${'0'.repeat(64)}`)).toBe(false);
      await under.images.release(holder.uid);
      expect(await under.images.isHeld(holder.uid, origin.digest)).toBe(false);
    });

    test('a release can be repeated, and what was released held again', async () => {
      const first = await under.images.acquire(holder, under.image, '');
      await under.images.release(holder.uid);
      await under.images.release(holder.uid);
      expect(await under.images.acquire(holder, under.image, '')).toEqual(first);
    });

    test('an aborted call rejects with the reason of its signal', async () => {
      const reason = new Error('changed my mind');
      await expect(under.images.acquire(holder, under.image, '', AbortSignal.abort(reason))).rejects.toBe(reason);
    });
  });
}
