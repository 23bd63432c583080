/** Ethernet types: https://www.iana.org/assignments/ieee-802-numbers */
export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_IPV6 = 0x86dd;
/** An Ethernet frame within GRE or Geneve. */
export const ETHERTYPE_ETHERNET = 0x6558;
export const ETHERTYPE_PPP = 0x880b;
export const ETHERTYPE_ERSPAN = 0x88be;
export const ETHERTYPE_ERSPAN_3 = 0x22eb;
export const ETHERTYPE_WCCP = 0x883e;
