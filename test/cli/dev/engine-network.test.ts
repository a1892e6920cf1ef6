import { describe, expect, it } from 'vitest';
import {
  bridgeHardwareAddress,
  enginesBridges,
  freeBridgeAddress,
  usedNetworks,
} from '../../../cli/dev/engine-network.ts';

/** All 256 subnets but one, so that the choice is forced. */
const allBut = (free: number) =>
  Array.from({ length: 256 }, (_, third) => `10.201.${third}.0/24`).filter((_, third) => third !== free);

describe('freeBridgeAddress', () => {
  it('gives an address in 10.201.0.0/16, the same for the same bridge', () => {
    const address = freeBridgeAddress('octo00000001', []);
    expect(address).toMatch(/^10\.201\.\d+\.1\/24$/);
    expect(freeBridgeAddress('octo00000001', [])).toBe(address);
  });

  it('goes on to the next subnet when the first is taken', () => {
    const first = freeBridgeAddress('octo00000001', []);
    expect(freeBridgeAddress('octo00000001', [first])).not.toBe(first);
  });

  it.each([{ free: 0 }, { free: 77 }, { free: 255 }])('finds the one free subnet $free', ({ free }) => {
    expect(freeBridgeAddress('octo00000001', allBut(free))).toBe(`10.201.${free}.1/24`);
  });

  it.each([
    { what: 'a wider network covers it', used: '10.201.64.0/20' },
    { what: 'an address is in it', used: '10.201.77.9/32' },
    { what: 'a host route leads into it', used: '10.201.77.200' },
    { what: 'a narrower network is in it', used: '10.201.77.128/25' },
    { what: 'the whole range is used', used: '10.201.0.0/16' },
  ])('does not take a subnet when $what', ({ used }) => {
    expect(() => freeBridgeAddress('octo00000001', [...allBut(77), used])).toThrow(
      expect.objectContaining({ code: 'E_ENGINE_SUBNET' }),
    );
  });

  it.each([
    { used: 'default' },
    { used: '10.0.0.0/8' },
    { used: '10.202.77.0/24' },
    { used: 'fe80::/64' },
    { used: '' },
  ])('is not hindered by "$used"', ({ used }) => {
    expect(freeBridgeAddress('octo00000001', [...allBut(77), used])).toBe('10.201.77.1/24');
  });
});

describe('usedNetworks', () => {
  it('reads the addresses and routes that ip reports', () => {
    const addresses = JSON.stringify([
      { ifname: 'lo', addr_info: [{ local: '127.0.0.1', prefixlen: 8 }] },
      { ifname: 'br0', addr_info: [{ local: '10.201.4.1', prefixlen: 24 }] },
      {},
    ]);
    const routes = JSON.stringify([{ dst: 'default' }, { dst: '10.201.5.0/24' }, { type: 'unreachable' }]);
    expect(usedNetworks(addresses, routes)).toEqual([
      '127.0.0.1/8',
      '10.201.4.1/24',
      'default',
      '10.201.5.0/24',
      '',
    ]);
  });

  it('reads the empty output that ip gives when there is nothing', () => {
    expect(usedNetworks('', '')).toEqual([]);
  });
});

describe('enginesBridges', () => {
  it('takes the own bridge and those of networks in the own database, nobody else’s', () => {
    const database = `\0\x02{"id":"${'0123456789ab'.padEnd(64, '0')}","name":"shop"}\0`;
    const links = [
      'docker0',
      'octo00000001',
      'octo00000002',
      'br-0123456789ab',
      'br-ffffffffffff',
      'br-lan',
      'virbr0',
    ];
    expect(enginesBridges('octo00000001', links, database)).toEqual(['octo00000001', 'br-0123456789ab']);
  });
});

describe("a bridge's hardware address", () => {
  it('is its own, set by hand, and for one card alone', () => {
    const [first, second] = ['octo00000001', 'octo00000002'].map(bridgeHardwareAddress);
    expect(first).toMatch(/^02:42(:[0-9a-f]{2}){4}$/);
    expect(second).not.toBe(first);
    expect(bridgeHardwareAddress('octo00000001')).toBe(first);
  });
});
