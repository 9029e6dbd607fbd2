// A made-up gateway inside the page: the routes it is given, and a socket that tells what they tell.

export interface Asked {
  path: string[]
  query: URLSearchParams
  body: unknown
}

export type Route = (asked: Asked) => unknown
/** "GET /v1/cases/:" to what answers it. */
export type Routes = Record<string, Route>

export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly stands: unknown
  constructor(status: number, code: string, stands: unknown = undefined) {
    super(code)
    this.status = status
    this.code = code
    this.stands = stands
  }
}

const sockets = new Set<Fake>()

/** Tell every live socket. */
export function tell(message: object): void {
  for (const socket of sockets) socket.onmessage?.(new MessageEvent('message', { data: JSON.stringify(message) }))
}

class Fake {
  static readonly OPEN = 1
  readyState = 0
  onmessage: ((message: MessageEvent) => void) | null = null
  onclose: (() => void) | null = null

  constructor() {
    setTimeout(() => {
      if (!navigator.onLine || cut) {
        this.close()
        return
      }
      this.readyState = 1
      sockets.add(this)
      this.onmessage?.(new MessageEvent('message', { data: JSON.stringify({ type: 'hello', gateway: 'made-up', at: Date.now() / 1000, version: '0' }) }))
    }, 30)
  }

  send(text: string): void {
    const { type, topic } = JSON.parse(text) as { type: string; topic: string }
    for (const one of watchers) one(type, topic)
  }

  close(): void {
    this.readyState = 3
    sockets.delete(this)
    this.onclose?.()
  }
}

let cut = false
const watchers: ((type: string, topic: string) => void)[] = []

/** Hear what the console watches. */
export function onWatch(run: (type: string, topic: string) => void): void {
  watchers.push(run)
}

/** Cut all live sockets, and let none in, until called with false. */
export function cutOff(on: boolean): void {
  cut = on
  if (on) for (const socket of [...sockets]) socket.close()
}

function find(routes: Routes, method: string, path: string): [Route, string[]] | null {
  const words = path.split('/').filter(Boolean).map(decodeURIComponent)
  for (const [pattern, route] of Object.entries(routes)) {
    const [wanted, shape = ''] = pattern.split(' ')
    const parts = shape.split('/').filter(Boolean)
    if (wanted !== method || parts.length !== words.length) continue
    if (parts.every((part, n) => part === ':' || part === words[n])) return [route, words.filter((_, n) => parts[n] === ':')]
  }
  return null
}

function answer(status: number, body: unknown): Response {
  if (body instanceof Blob) return new Response(body, { status })
  return new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
}

/** Put it in place. */
export function install(routes: Routes): void {
  const real = window.fetch
  window.fetch = async (input, init) => {
    const url = new URL(String(input), location.href)
    if (!url.pathname.startsWith('/v1/')) return real(input, init)
    await new Promise((done) => setTimeout(done, 40))
    if (!navigator.onLine) throw new TypeError('offline')
    const found = find(routes, init?.method ?? 'GET', url.pathname)
    if (!found) return answer(404, { code: 'not_found', detail: `${init?.method ?? 'GET'} ${url.pathname} is not made up yet` })
    try {
      const text = typeof init?.body === 'string' ? init.body : ''
      const body = found[0]({ path: found[1], query: url.searchParams, body: text ? JSON.parse(text) : null })
      return answer(body === undefined ? 204 : 200, body)
    } catch (error) {
      if (error instanceof Refusal) return answer(error.status, { code: error.code, detail: error.code, stands: error.stands })
      throw error
    }
  }
  Object.assign(window, { WebSocket: Fake, dev: { tell, cutOff } })
}
