// The queue, kept while the console is open: the queue's view and the strip beside a case show the same one.
import { batch, computed, effect, signal } from '@preact/signals'
import { get } from '../api/client'
import type { CaseLine, CasePage } from '../api/shapes'
import { newer } from '../case/newest'
import { me, session } from '../frame/session'
import { epoch, listen } from '../live/socket'
import { begun, EMPTY, extended, isSettled, settled, told, type Board } from './order'
import { belongs, filtersOf, matches, pageAt, type Filters, type Reader } from './filters'

const PAGE = 200
const SETTLE_MS = 200
const STILL_MS = 4000

export const filters = signal<Filters>(filtersOf({}))
export const board = signal<Board>(EMPTY)
export const problem = signal<unknown>(null)
export const loading = signal(false)
/** The row that keys act on. */
export const cursor = signal<string | null>(null)
export const selected = signal<ReadonlySet<string>>(new Set())

/** The rows that are shown. */
export const rows = computed<CaseLine[]>(() => {
  const { lines, order } = board.value
  const found: CaseLine[] = []
  for (const id of order) {
    const line = lines.get(id)
    if (line && matches(line, filters.value.text)) found.push(line)
  }
  return found
})

/** How many are new and not shown yet. */
export const fresh = computed(() => {
  const { lines, fresh: ids } = board.value
  let n = 0
  for (const id of ids) {
    const line = lines.get(id)
    if (line && matches(line, filters.value.text)) n += 1
  }
  return n
})

let asking: AbortController | null = null
/** What was told while a page is on its way; the page may be older. */
const meanwhile = new Map<string, CaseLine>()
/** The page that is on its way was asked for before the live socket watched: what came between is in neither. */
let behind = false
let touched = 0
let over = false

/** Somebody works in the list: nothing moves for some seconds. */
export function touch(): void {
  touched = Date.now()
}

/** The pointer is over the list, or not. */
export function hover(on: boolean): void {
  over = on
  touch()
}

function isHeld(): boolean {
  return selected.peek().size > 0 || Date.now() - touched < (over ? STILL_MS * 3 : STILL_MS)
}

/** Put everything in its place now. */
export function settle(): void {
  board.value = settled(board.peek())
}

/** Ask for as much as was here, from the beginning. */
export async function reload(): Promise<void> {
  asking?.abort()
  behind = false
  const mine = new AbortController()
  asking = mine
  const wanted = Math.max(PAGE, board.peek().order.length)
  meanwhile.clear()
  loading.value = true
  try {
    const lines: CaseLine[] = []
    let next: string | null = null
    do {
      const page: CasePage = await get<CasePage>(pageAt(filters.peek(), next, PAGE), { signal: mine.signal })
      lines.push(...page.items)
      next = page.next
    } while (next !== null && lines.length < wanted)
    batch(() => {
      board.value = landed(begun(lines, next))
      problem.value = null
      loading.value = false
    })
    if (behind) void reload()
  } catch (error) {
    if (mine.signal.aborted) return
    problem.value = error
    loading.value = false
  }
}

/** Ask for the next page, if there is one and none is on its way. */
export async function more(): Promise<void> {
  const { next } = board.peek()
  if (next === null || loading.peek() || problem.peek()) return
  const mine = asking
  meanwhile.clear()
  loading.value = true
  try {
    const page = await get<CasePage>(pageAt(filters.peek(), next, PAGE), mine ? { signal: mine.signal } : {})
    if (mine !== asking) return
    board.value = landed(extended(board.peek(), page.items, page.next))
  } catch (error) {
    if (mine === asking) problem.value = error
  } finally {
    if (mine === asking) loading.value = false
  }
}

/** A line as an answer told it: shown at once, and its row stays where it is. */
export function put(line: CaseLine): void {
  touch()
  hear([line])
}

/** Whose queue this is. */
function reader(): Reader {
  const { langs = [], skills = [] } = session.peek() ?? {}
  return { name: me(), langs, skills }
}

function isHere(line: CaseLine): boolean {
  return belongs(line, filters.peek(), reader())
}

function hear(changed: readonly CaseLine[]): void {
  if (loading.peek()) for (const line of changed) meanwhile.set(line.id, newer(meanwhile.get(line.id) ?? null, line))
  if (board.peek().loaded) board.value = told(board.peek(), changed, isHere)
}

function landed(page: Board): Board {
  return told(page, [...meanwhile.values()], isHere)
}

/** Show a queue under other filters. */
export function filter(wanted: Filters): void {
  const old = filters.peek()
  filters.value = wanted
  const same = (Object.keys(wanted) as (keyof Filters)[]).every((key) => key === 'text' || old[key] === wanted[key])
  if (same && (board.peek().loaded || loading.peek())) return
  board.value = EMPTY
  selected.value = new Set()
  void reload()
}

let started = false

/** Keep the queue fresh from now on. Asked for by whoever shows it; done once. */
export function start(): void {
  if (started) return
  started = true
  listen('cases', (message) => hear(message.items))
  listen('missed', (message) => {
    if (message.topic === 'queue') void reload()
  })
  setInterval(() => {
    if (!isHeld() && !isSettled(board.peek())) settle()
  }, SETTLE_MS)
  let greeted = 0
  effect(() => {
    // A break may have swallowed anything, and so may the time before the socket: what is shown is asked for anew.
    if (epoch.value > greeted && (greeted > 0 || board.peek().loaded)) void reload()
    else if (epoch.value > greeted) behind = loading.peek()
    greeted = epoch.value
  })
  effect(() => {
    if (session.value === null) {
      asking?.abort() // or it would land in the queue of whoever signs in next
      loading.value = false
      board.value = EMPTY
      cursor.value = null
      selected.value = new Set()
    }
  })
}
