// A version's name for people: enough of its hash to tell two apart.
export function shortVersion(version: string): string {
  return version.slice(0, 12)
}
