/**
 * Link types have one number in files (LINKTYPE_) and for a few of them another in libpcap's API (DLT_), which depends
 * on the system. See https://www.tcpdump.org/linktypes.html
 */

const RAW = 101;
const DLT_RAW = 12;
const DLT_RAW_OPENBSD = 14;

/** LINKTYPE_ value of what `pcap_datalink` returns. */
export function linkTypeOfDlt(dlt: number): number {
  return dlt === DLT_RAW || dlt === DLT_RAW_OPENBSD ? RAW : dlt;
}

/** What `pcap_open_dead` wants for a LINKTYPE_ value. */
export function dltOfLinkType(linkType: number): number {
  return linkType === RAW || linkType === DLT_RAW_OPENBSD ? DLT_RAW : linkType;
}
