/** What this program is called, and which one it is. */

export const PROGRAM = "packetd";
export const VERSION = "0.1.0";
