// What of the queue is shown: what the gateway filters, and what is looked for in what is here.
import { withQuery } from '../api/client'
import type { CaseLine } from '../api/shapes'
import { address } from '../frame/route'
import { say } from '../i18n'

export interface Filters {
  queue: string
  priority: string
  mine: boolean
  /** Those alone in languages that I read, of what I am asked for. */
  fit: boolean
  user: string
  room: string
  /** Looked for in category, rule, name, user and room of what is loaded. */
  text: string
}

const OPEN = new Set<CaseLine['state']>(['open', 'claimed', 'second', 'escalated'])

/** Read the filters from the address. */
export function filtersOf(query: Record<string, string>): Filters {
  const { queue = '', priority = '', mine = '', fit = '', user = '', room = '', q = '' } = query
  return { queue, priority, mine: mine === '1', fit: fit === '1', user, room, text: q }
}

/** Read what was typed: `user:ID` and `room:ID` ask the gateway, the rest looks in what is here. */
export function typed(text: string): Pick<Filters, 'user' | 'room' | 'text'> {
  const rest: string[] = []
  let user = ''
  let room = ''
  for (const word of text.trim().split(/\s+/)) {
    if (word.startsWith('user:')) user = word.slice(5)
    else if (word.startsWith('room:')) room = word.slice(5)
    else if (word) rest.push(word)
  }
  return { user, room, text: rest.join(' ') }
}

/** What would have to be typed for these filters. */
export function asTyped({ user, room, text }: Pick<Filters, 'user' | 'room' | 'text'>): string {
  return [user && `user:${user}`, room && `room:${room}`, text].filter(Boolean).join(' ')
}

/** The address of the queue under these filters. */
export function queueAt({ queue, priority, mine, fit, user, room, text }: Filters): string {
  return address('queue', [], { queue, priority, mine: mine ? '1' : '', fit: fit ? '1' : '', user, room, q: text })
}

/** Whether anything is filtered. */
export function isFiltered(filters: Filters): boolean {
  return Boolean(filters.queue || filters.priority || filters.mine || filters.fit || filters.user || filters.room || filters.text)
}

/** The address of a page of the queue. */
export function pageAt(filters: Filters, cursor: string | null, limit: number): string {
  const { queue, priority, mine, fit, user, room } = filters
  return withQuery('/v1/cases', { state: 'open', queue, priority, mine, fit, user, room, cursor, limit })
}

/** Whose queue it is, by what decides what fits them. */
export interface Reader {
  name: string
  langs: string[]
  skills: string[]
}

const isWithin = (given: string, root: string, sign: string): boolean => given === root || given.startsWith(root + sign)

/** Whether a case is in a language that somebody reads, of what they are asked for (gateway/cases/fitting.py). */
export function fits(line: CaseLine, { langs, skills }: Reader): boolean {
  const lang = line.lang.toLowerCase()
  const reads = langs.length === 0 || lang === '' || langs.some((each) => isWithin(lang, each.toLowerCase(), '-'))
  return reads && (skills.length === 0 || skills.some((each) => isWithin(line.category, each, '.')))
}

/** Whether a line belongs to the queue under these filters, as the gateway would say. */
export function belongs(line: CaseLine, filters: Filters, reader: Reader): boolean {
  if (!OPEN.has(line.state)) return false
  if (filters.queue && line.queue !== filters.queue) return false
  if (filters.priority && line.priority !== filters.priority) return false
  if (filters.user && line.user !== filters.user) return false
  if (filters.room && line.room !== filters.room) return false
  if (filters.fit && !fits(line, reader)) return false
  return !filters.mine || line.claimed_by === reader.name || line.assigned === reader.name
}

/** Whether a line has every word that is looked for. */
export function matches(line: CaseLine, text: string): boolean {
  if (!text) return true
  const all = `${line.category} ${say('category', line.category)} ${line.rule} ${line.name} ${line.user} ${line.room} ${line.because} ${line.claimed_by}`.toLowerCase()
  return text.toLowerCase().split(/\s+/).every((word) => all.includes(word))
}
