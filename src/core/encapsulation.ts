/** What packets that carry another packet look like from outside: known to the decoder, and to the capture's filter. */

/** Protocols within IP: IPv4, IPv6, GRE, the authentication header, IPComp, MPLS (IANA's protocol numbers). */
export const TUNNEL_PROTOCOL = { ipv4: 4, ipv6: 41, gre: 47, authentication: 51, ipComp: 108, mpls: 137 } as const;

/** UDP ports that encapsulations are sent to. */
export const TUNNEL_PORT = {
  vxlan: 4789,
  /** What Linux used before the number was assigned, and still does by default. */
  vxlanLinux: 8472,
  vxlanGpe: 4790,
  geneve: 6081,
  gtpU: 2152,
  teredo: 3544,
  greInUdp: 4754,
  ayiya: 5072,
} as const;

/** Those that are sent from as well, to any port; of Geneve some senders do that, though RFC 8926 has its port at both. */
export const TUNNEL_PORTS_OF_BOTH_WAYS: readonly number[] = [TUNNEL_PORT.geneve, TUNNEL_PORT.teredo, TUNNEL_PORT.ayiya];

/** Ethernet types: MPLS, MPLS multicast, PPPoE sessions. */
export const TUNNEL_ETHERTYPE = { mpls: 0x8847, mplsMulticast: 0x8848, pppoe: 0x8864 } as const;
