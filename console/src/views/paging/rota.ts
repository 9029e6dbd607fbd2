// Edits of a rota, each returning a new one; and what is wrong with it in words.
import type { Override, Quiet, RotaBody, Shift, Step } from '../../api/shapes'

export type Day = Shift['days'][number]
export type Priority = 'p0' | 'p1' | 'p2' | 'p3'
export const DAYS: Day[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
export const PRIORITIES: Priority[] = ['p0', 'p1', 'p2', 'p3']
/** Whom a step calls, besides people by name. */
export const WHO = ['on-call', 'next', 'leads']

/** The parts of a rota that are lists, with what they hold. */
export interface Lists {
  shifts: Shift
  overrides: Override
  steps: Step
  quiet: Quiet
}

/** Return a rota with one of its lists changed. */
export function withList<K extends keyof Lists>(rota: RotaBody, name: K, list: Lists[K][]): RotaBody {
  return { ...rota, [name]: list }
}

/** Return a list with one item replaced. */
export function replaced<T>(list: readonly T[], index: number, item: T): T[] {
  return list.map((each, place) => (place === index ? item : each))
}

/** Return a list without one item. */
export function without<T>(list: readonly T[], index: number): T[] {
  return list.filter((_, place) => place !== index)
}

/** Return a list with an item moved by one place; unchanged at its ends. */
export function moved<T>(list: readonly T[], index: number, by: -1 | 1): T[] {
  const other = index + by
  const [here, there] = [list[index], list[other]]
  if (here === undefined || there === undefined) return [...list]
  return list.map((each, place) => (place === index ? there : place === other ? here : each))
}

/** Return a list of words with one added or taken out, in the order of `all`. */
export function toggled<T>(chosen: readonly T[], one: T, all: readonly T[]): T[] {
  return all.filter((each) => (each === one ? !chosen.includes(one) : chosen.includes(each)))
}


export interface Fault {
  /** The message's key, and what stands in it. */
  key: string
  name: string
}

/** Return what would be refused, before it is asked for. */
export function faultsOf(rota: RotaBody): Fault[] {
  const faults: Fault[] = []
  for (const shift of rota.shifts) {
    const name = shift.name
    if (name.trim() === '') faults.push({ key: 'rota.fault.unnamed', name })
    if (shift.people.length === 0) faults.push({ key: 'rota.fault.nobody', name })
    if (shift.days.length === 0) faults.push({ key: 'rota.fault.days', name })
    if (!isZone(shift.zone)) faults.push({ key: 'rota.fault.zone', name: shift.zone })
  }
  for (const override of rota.overrides ?? []) {
    const name = override.person
    if (name === '') faults.push({ key: 'rota.fault.override_person', name })
    if (!(override.end > override.start)) faults.push({ key: 'rota.fault.override_time', name })
  }
  for (const step of rota.steps ?? []) {
    if (step.channels.length === 0) faults.push({ key: 'rota.fault.channels', name: step.who })
  }
  for (const quiet of rota.quiet ?? []) {
    if (quiet.days.length === 0) faults.push({ key: 'rota.fault.days', name: '' })
    if (!isZone(quiet.zone)) faults.push({ key: 'rota.fault.zone', name: quiet.zone })
  }
  return faults
}

/** Say whether this browser knows a time zone by that name. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return zone !== ''
  } catch {
    return false
  }
}

/** Return what a `datetime-local` field shows for a time, in this browser's zone. */
export function localField(at: number): string {
  const when = new Date(at * 1000)
  const shifted = new Date(when.getTime() - when.getTimezoneOffset() * 60_000)
  return shifted.toISOString().slice(0, 16)
}

/** Read a `datetime-local` field; null where it is empty or nonsense. */
export function fromField(text: string): number | null {
  const at = new Date(text).getTime()
  return Number.isNaN(at) ? null : Math.round(at / 1000)
}
