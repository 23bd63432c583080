/** The part of a domain name that somebody registered, by rules that need no list of all registries. */

/** Second labels below which names are registered, where the last label is a country's: `co.uk`, `com.au`. */
const SECOND_LEVEL = new Set(["ac", "co", "com", "edu", "gob", "gov", "gv", "ltd", "mil", "ne", "net", "or", "org"]);

/** `api.eu.Example.com` as `example.com`; names of addresses as the zone that holds them all. */
export function domainSuffix(name: string): string {
  const labels = name.toLowerCase().replace(/\.$/, "").split(".");
  const kept =
    labels.length > 2 && labels[labels.length - 1].length === 2 && SECOND_LEVEL.has(labels[labels.length - 2]) ? 3 : 2;
  return labels.slice(-kept).join(".");
}
