/** Configuration of BIND: an authority for one zone, and a resolver that asks it. Both listen on 127.0.0.1 only. */

/** What both have in common; they write into one folder. */
function options(directory: string, port: number, more: string): string {
  return `
options {
  directory "${directory}";
  pid-file none;
  lock-file none;
  session-keyfile "${directory}/session.key";
  managed-keys-directory "${directory}";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  dnssec-validation no;
  notify no;
  ${more}
};
controls { };
`;
}

export function authorityConfig(directory: string, port: number): string {
  return options(directory, port, "recursion no; allow-transfer { 127.0.0.1; }; transfer-message-size 1024;") +
    `zone "lab.test" { type primary; file "${directory}/lab.test.zone"; allow-update { 127.0.0.1; }; };\n`;
}

export function resolverConfig(directory: string, port: number, authorityPort: number): string {
  return options(directory, port, "recursion yes;") +
    `zone "lab.test" { type forward; forward only; forwarders { 127.0.0.1 port ${authorityPort}; }; };\n`;
}

/** A record of each type that people meet, and a name with too many for a datagram. */
const ZONE = `
$TTL 60
@       IN SOA ns.lab.test. admin.lab.test. 1 3600 600 86400 30
        IN NS  ns
        IN MX  10 mail
        IN TXT "v=lab" "second string"
ns      IN A    127.0.0.1
mail    IN A    192.0.2.25
www     IN A    192.0.2.80
www     IN AAAA 2001:db8::80
alias   IN CNAME www
chain   IN CNAME alias
*.wild  IN A    192.0.2.7
_http._tcp     IN SRV 0 5 80 www
caa            IN CAA 0 issue "ca.lab.test"
svc            IN HTTPS 1 . alpn="h2" ipv4hint=192.0.2.80
phone          IN NAPTR 100 10 "U" "E2U+sip" "!^.*$!sip:info@lab.test!" .
_443._tcp.www  IN TLSA 3 1 1 0D6FCE3480B7D3B6AA2B4C1E7A1C5D7DDE2A3C6B6CC1FB1B8D4B4F7D4DD0D2A1
signed         IN NS ns
signed         IN DS 60485 8 2 0D6FCE3480B7D3B6AA2B4C1E7A1C5D7DDE2A3C6B6CC1FB1B8D4B4F7D4DD0D2A1
host           IN SSHFP 4 2 0D6FCE3480B7D3B6AA2B4C1E7A1C5D7DDE2A3C6B6CC1FB1B8D4B4F7D4DD0D2A1
`;

export function zone(): string {
  const many = Array.from({ length: 60 }, (_, i) => `many IN TXT "a record that makes the answer long, number ${i}"`);
  return ZONE + many.join("\n") + "\n";
}
