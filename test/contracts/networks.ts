import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lacksOf } from '../../lib/finding.js';
import { emptyPolicy, type NetworkPolicy } from '../../lib/network-policy/policy.js';
import type { Networks } from '../../services/vmm/app/ports.js';
import { expectHelpful } from './host-check.js';

export interface NetworksUnderTest {
  readonly networks: Networks;
  dispose(): Promise<void>;
}

/** What vmm relies on, whoever gives addresses. */
export function networksContract(name: string, make: () => Promise<NetworksUnderTest>): void {
  describe(`networks: ${name}`, () => {
    let under: NetworksUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.dispose());

    const anyPlace = { ipv4Address: '', macAddress: '', policy: emptyPolicy };
    const web = { uid: '00000000000000aa', name: 'web', nat: false, ...anyPlace };
    const db = { uid: '00000000000000bb', name: 'db', nat: true, ...anyPlace };

    test('an attachment has an address, a card, a tap and a gateway', async () => {
      const attachment = await under.networks.ensure(web);
      expect(attachment).toMatchObject({
        ipv4Address: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/),
        macAddress: expect.stringMatching(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/),
        tap: expect.stringMatching(/^[a-z0-9]{1,15}$/),
        gateway: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/),
        nat: false,
      });
      expect(attachment.ipv4Address).not.toBe(attachment.gateway);
    });

    test('a repeat returns the same attachment', async () => {
      const first = await under.networks.ensure(web);
      expect(await under.networks.ensure(web)).toEqual(first);
    });

    test('an address and a card that are asked for are given, once', async () => {
      const { gateway } = await under.networks.ensure(web);
      const place = { ipv4Address: gateway.replace(/\d+$/, '77'), macAddress: '52:54:00:12:34:56' };
      await under.networks.checkPlace({ ...db, ...place });
      expect(await under.networks.ensure({ ...db, ...place })).toMatchObject(place);
      const late = { ...web, uid: '00000000000000cc', ...place };
      await expect(under.networks.checkPlace(late)).rejects.toMatchObject({ kind: 'exists', reason: 'ADDRESS_TAKEN' });
    });

    test('a repeat sets NAT again', async () => {
      const first = await under.networks.ensure(web);
      expect(await under.networks.ensure({ ...web, nat: true })).toEqual({ ...first, nat: true });
    });

    test('two VMs share the gateway and nothing else', async () => {
      const one = await under.networks.ensure(web);
      const two = await under.networks.ensure(db);
      expect(two.gateway).toBe(one.gateway);
      expect(two.ipv4Address).not.toBe(one.ipv4Address);
      expect(two.macAddress).not.toBe(one.macAddress);
      expect(two.tap).not.toBe(one.tap);
    });

    test('NAT goes on and off, and a repeat is no error', async () => {
      const { ipv4Address } = await under.networks.ensure(web);
      for (const nat of [true, true, false, false]) {
        expect(await under.networks.setNat(web.uid, nat)).toMatchObject({ ipv4Address, nat });
      }
    });

    test('NAT of a VM without an attachment is ATTACHMENT_NOT_FOUND', async () => {
      const failed = under.networks.setNat(web.uid, true);
      await expect(failed).rejects.toMatchObject({ kind: 'not-found', reason: 'ATTACHMENT_NOT_FOUND' });
    });

    const published: NetworkPolicy = {
      allowFrom: ['db', '192.0.2.0/24'],
      egress: [{ action: 'allow', destination: 'example.org', port: 443, protocol: 'tcp' }],
      publishedPorts: [{ hostAddress: '', hostPort: 47_311, guestPort: 80, protocol: 'tcp' }],
    };

    test('a policy is set with the attachment, or for itself, and taken back', async () => {
      expect(await under.networks.ensure({ ...web, policy: published })).toMatchObject({ policy: published });
      expect(await under.networks.setPolicy(web.uid, emptyPolicy)).toMatchObject({ policy: emptyPolicy });
      expect(await under.networks.setPolicy(web.uid, published)).toMatchObject({ policy: published });
      expect(await under.networks.ensure(web)).toMatchObject({ policy: emptyPolicy });
    });

    test('a policy of a VM without an attachment is ATTACHMENT_NOT_FOUND', async () => {
      const failed = under.networks.setPolicy(web.uid, published);
      await expect(failed).rejects.toMatchObject({ kind: 'not-found', reason: 'ATTACHMENT_NOT_FOUND' });
    });

    test('a port is published once; who asks before is told the same', async () => {
      await under.networks.ensure({ ...web, policy: published });
      await under.networks.ensure(db);
      const again = { ...emptyPolicy, publishedPorts: published.publishedPorts };
      for (const failed of [under.networks.setPolicy(db.uid, again), under.networks.checkPolicy('db', again)]) {
        await expect(failed).rejects.toMatchObject({ kind: 'exists', reason: 'PORT_TAKEN' });
      }
      await under.networks.release(web.uid);
      await under.networks.checkPolicy('db', again);
      expect(await under.networks.setPolicy(db.uid, again)).toMatchObject({ policy: again });
    });

    test('a release is final and can be repeated', async () => {
      await under.networks.ensure(web);
      await under.networks.release(web.uid);
      await under.networks.release(web.uid);
      await expect(under.networks.setNat(web.uid, true)).rejects.toMatchObject({ reason: 'ATTACHMENT_NOT_FOUND' });
    });

    test('an attachment is found as it is, and none where there is none', async () => {
      expect(await under.networks.get(web.uid)).toBeUndefined();
      const made = await under.networks.ensure({ ...web, nat: true, policy: published });
      expect(await under.networks.get(web.uid)).toEqual(made);
      await under.networks.release(web.uid);
      expect(await under.networks.get(web.uid)).toBeUndefined();
    });

    test('a VM can be attached again after its release', async () => {
      await under.networks.ensure(web);
      await under.networks.release(web.uid);
      expect(await under.networks.ensure(db)).toMatchObject({ nat: true });
      expect(await under.networks.ensure(web)).toMatchObject({ nat: false });
    });

    test('a uid that is none is refused with its field', async () => {
      const failed = under.networks.ensure({ ...web, uid: 'a b/c' });
      await expect(failed).rejects.toMatchObject({ kind: 'invalid', fields: [{ field: 'vm_uid' }] });
    });

    test('what the network needs of the host is told for the purposes that were asked for', async () => {
      const findings = await under.networks.check(['vm-start']);
      expectHelpful(findings, ['vm-start']);
      // It gives networks here, so nothing that they need is missing.
      expect(lacksOf(findings)).toEqual([]);
      expect(await under.networks.check(['image-build'])).toEqual([]);
    });

    test('an aborted call rejects with the reason of its signal', async () => {
      const reason = new Error('changed my mind');
      await expect(under.networks.ensure(web, AbortSignal.abort(reason))).rejects.toBe(reason);
    });
  });
}
