// Where the console is: `#/view/part?name=value`. Behind the hash, so that any server can serve it.
import { signal } from '@preact/signals'

export interface Route {
  view: string
  /** What follows the view: ids, decoded. */
  parts: string[]
  query: Record<string, string>
}

/** Read a hash. What cannot be decoded is shown as it stands. */
export function parseHash(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#?\/?/, '').split('?', 2)
  const [view = '', ...parts] = path.split('/').filter((part) => part !== '').map(decode)
  return { view, parts, query: Object.fromEntries(new URLSearchParams(search)) }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Write an address of a view. Empty values of the query are left out. */
export function address(view: string, parts: string[] = [], query: Record<string, string | undefined> = {}): string {
  const kept = Object.entries(query).filter((one): one is [string, string] => one[1] !== undefined && one[1] !== '')
  const path = [view, ...parts].map(encodeURIComponent).join('/')
  const search = new URLSearchParams(kept).toString()
  return `#/${path}${search ? `?${search}` : ''}`
}

export const route = signal<Route>(parseHash(''))

/** Go to a view. `instead` leaves no step back. */
export function go(where: string, instead = false): void {
  if (instead) location.replace(where)
  else location.hash = where
}

/** Change the query of where we are, without a step back. */
export function requery(change: Record<string, string | undefined>): void {
  const { view, parts, query } = route.value
  go(address(view, parts, { ...query, ...change }), true)
}

/** Start following the address. */
export function startRoute(): void {
  const read = (): void => {
    route.value = parseHash(location.hash)
  }
  window.addEventListener('hashchange', read)
  read()
}
