// What the address asks of the search, and what that asks of the API.
import type { Query } from '../kit/paged'

export const FIELDS = ['q', 'user', 'room', 'rule', 'by'] as const
export type Field = (typeof FIELDS)[number]

/** Days of the address (YYYY-MM-DD, this browser's zone) become seconds: `to` is that day's end. */
export function dayStart(day: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return null
  const at = new Date(`${day}T00:00:00`).getTime()
  return Number.isNaN(at) ? null : at / 1000
}

export function dayEnd(day: string): number | null {
  const start = dayStart(day)
  if (start === null) return null
  const next = new Date(start * 1000)
  next.setDate(next.getDate() + 1)
  return next.getTime() / 1000
}

/** Return the API's query. `whose` people or machine; both where it is left out. */
export function askedOf(query: Record<string, string>): Query {
  const whose = query['whose']
  return {
    ...Object.fromEntries(FIELDS.map((field) => [field, query[field]?.trim() ?? ''])),
    from: dayStart(query['from'] ?? ''),
    to: dayEnd(query['to'] ?? ''),
    machine: whose === 'machine' ? 'true' : whose === 'people' ? 'false' : null,
  }
}

/** Say whether anything is filtered at all. */
export function isFiltered(query: Record<string, string>): boolean {
  return [...FIELDS, 'from', 'to', 'whose'].some((name) => (query[name] ?? '') !== '')
}
