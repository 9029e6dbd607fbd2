// Asks the HTTP API: one door for every request, with its deadline, CSRF token and idempotency key.
import { OVERDUE, Problem, UNREACHABLE, problemOf } from './problem'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Asking {
  /** The version that is edited: sent as If-Match. */
  version?: number
  signal?: AbortSignal
  deadlineMs?: number
}

const DEADLINE_MS = 15_000

let csrf = ''
let onSignedOut: () => void = () => undefined

/** Set the token that goes with each change. */
export function setCsrf(token: string): void {
  csrf = token
}

/** Say what to do when a request finds that nobody is signed in any more. */
export function whenSignedOut(run: () => void): void {
  onSignedOut = run
}

/** A path with its query; what is null or empty is left out. */
export function withQuery(path: string, query: Record<string, string | number | boolean | null | undefined>): string {
  const words = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '' && value !== false) words.set(name, String(value))
  }
  const text = words.toString()
  return text ? `${path}?${text}` : path
}

/** A path of parts; ids come from outside and may hold anything. */
export function path(...parts: (string | number)[]): string {
  return `/v1/${parts.map((part) => encodeURIComponent(String(part))).join('/')}`
}

async function once(method: Method, where: string, init: RequestInit, asking: Asking): Promise<Response> {
  const deadline = AbortSignal.timeout(asking.deadlineMs ?? DEADLINE_MS)
  const signal = asking.signal ? AbortSignal.any([asking.signal, deadline]) : deadline
  try {
    return await fetch(where, { ...init, method, signal, credentials: 'same-origin', redirect: 'error' })
  } catch (error) {
    if (asking.signal?.aborted) throw error
    throw new Problem(0, deadline.aborted ? OVERDUE : UNREACHABLE, '')
  }
}

async function checked(answer: Response): Promise<Response> {
  if (answer.ok) return answer
  const body: unknown = await answer.json().catch(() => null)
  const problem = problemOf(answer.status, body, answer.headers.get('Retry-After'))
  if (answer.status === 401 && problem.code !== 'bad_credentials' && problem.code !== 'code_needed') onSignedOut()
  throw problem
}

/** Ask, and read JSON. Raises Problem. A POST that got no answer is sent once more under the same key. */
export async function ask<T>(method: Method, where: string, body?: unknown, asking: Asking = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (method !== 'GET') headers['X-Seawall-CSRF'] = csrf
  if (method === 'POST') headers['Idempotency-Key'] = crypto.randomUUID()
  if (asking.version !== undefined) headers['If-Match'] = `"${asking.version}"`
  const init: RequestInit = body === undefined ? { headers } : { headers, body: JSON.stringify(body) }
  let answer: Response
  try {
    answer = await once(method, where, init, asking)
  } catch (error) {
    const again = method === 'POST' && error instanceof Problem && error.code === UNREACHABLE && navigator.onLine
    if (!again) throw error
    answer = await once(method, where, init, asking)
  }
  await checked(answer)
  if (answer.status === 204) return undefined as T
  return (await answer.json()) as T
}

export const get = <T>(where: string, asking?: Asking): Promise<T> => ask<T>('GET', where, undefined, asking)
export const post = <T>(where: string, body: unknown = {}, asking?: Asking): Promise<T> =>
  ask<T>('POST', where, body, asking)
export const put = <T>(where: string, body: unknown, asking?: Asking): Promise<T> => ask<T>('PUT', where, body, asking)
export const patch = <T>(where: string, body: unknown, asking?: Asking): Promise<T> =>
  ask<T>('PATCH', where, body, asking)
export const remove = <T>(where: string): Promise<T> => ask<T>('DELETE', where)

/** Fetch a picture or clip. Each call is a view that the gateway writes down. Null: nothing there yet. */
export async function media(where: string, signal?: AbortSignal): Promise<Blob | null> {
  const answer = await once('GET', where, {}, signal ? { signal } : {})
  await checked(answer)
  return answer.status === 204 ? null : answer.blob()
}
