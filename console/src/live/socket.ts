// The live socket: carries out the machine's orders, keeps the topics watched, tells what it hears.
import { signal } from '@preact/signals'
import { get } from '../api/client'
import { Problem } from '../api/problem'
import { hearClock } from '../frame/clock'
import { after, type Happened, type Live } from './machine'
import { read, type Tag, type Told, type ToConsole } from './messages'

export const live = signal<Live>({ is: 'idle' })
/** Counts greetings: whoever shows what the gateway told asks anew over HTTP when it grows. */
export const epoch = signal(0)

const ears = new Map<Tag, Set<(told: never) => void>>()
const topics = new Map<string, number>()
let socket: WebSocket | null = null
let address = ''
let farewell: { retryAfter: number | null; signedOut: boolean } = { retryAfter: null, signedOut: false }
let onSignedOut: () => void = () => undefined
let ticking = 0

function happen(happened: Happened): void {
  const [next, orders] = after(live.value, happened, Date.now() / 1000, Math.random())
  live.value = next
  for (const order of orders) {
    if (order === 'open') open()
    else if (order === 'close') drop()
    else void probe()
  }
}

function drop(): void {
  const old = socket
  socket = null
  old?.close()
}

function open(): void {
  drop()
  farewell = { retryAfter: null, signedOut: false }
  const mine = new WebSocket(address)
  socket = mine
  mine.onmessage = (message: MessageEvent<unknown>) => {
    if (socket === mine) hear(read(message.data))
  }
  mine.onclose = () => {
    if (socket !== mine) return
    socket = null
    happen({ event: 'closed', ...farewell })
    if (farewell.signedOut) onSignedOut()
  }
}

function hear(told: ToConsole | null): void {
  happen({ event: 'heard', greeting: told?.type === 'hello' })
  if (!told) return
  if (told.type === 'hello') {
    hearClock(told.at)
    for (const topic of topics.keys()) send('watch', topic)
    epoch.value += 1
  }
  if (told.type === 'bye') farewell = { retryAfter: told.retry_after, signedOut: told.why === 'signed_out' }
  for (const ear of ears.get(told.type) ?? []) ear(told as never)
}

function send(type: 'watch' | 'unwatch', topic: string): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type, topic }))
}

// A quiet socket may be a dead one. The API is behind the same network: if it answers, all is well.
async function probe(): Promise<void> {
  try {
    await get('/v1/session', { deadlineMs: 5000 })
  } catch (error) {
    if (error instanceof Problem && error.status === 0) happen({ event: 'dead' })
  }
}

/** Connect, and stay connected until `disconnect`. */
export function connect(to: string, signedOut: () => void): void {
  address = to
  onSignedOut = signedOut
  if (!ticking) {
    ticking = window.setInterval(() => happen({ event: 'tick' }), 500)
    window.addEventListener('online', () => happen({ event: 'network', online: true }))
    window.addEventListener('offline', () => happen({ event: 'network', online: false }))
  }
  happen({ event: 'start' })
}

export function disconnect(): void {
  happen({ event: 'stop' })
}

/** Try now instead of when the wait is over. */
export function retryNow(): void {
  happen({ event: 'retry' })
}

/** Hear of a topic until the returned function is called. Watched once however many ask. */
export function watch(topic: string): () => void {
  const before = topics.get(topic) ?? 0
  topics.set(topic, before + 1)
  if (before === 0) send('watch', topic)
  return () => {
    const left = (topics.get(topic) ?? 1) - 1
    if (left > 0) {
      topics.set(topic, left)
      return
    }
    topics.delete(topic)
    send('unwatch', topic)
  }
}

/** Be told of each message of a type until the returned function is called. */
export function listen<T extends Tag>(type: T, ear: (told: Told<T>) => void): () => void {
  const heard = ears.get(type) ?? new Set()
  heard.add(ear)
  ears.set(type, heard)
  return () => void heard.delete(ear)
}
