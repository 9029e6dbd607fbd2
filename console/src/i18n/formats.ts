// Numbers, dates and durations in the reader's language.
import { language, t } from './index'

const made = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>()

function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `d${language.value}${JSON.stringify(options)}`
  const known = made.get(key)
  if (known instanceof Intl.DateTimeFormat) return known
  const fresh = new Intl.DateTimeFormat(language.value, options)
  made.set(key, fresh)
  return fresh
}

function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `n${language.value}${JSON.stringify(options)}`
  const known = made.get(key)
  if (known instanceof Intl.NumberFormat) return known
  const fresh = new Intl.NumberFormat(language.value, options)
  made.set(key, fresh)
  return fresh
}

// Shifts go round the clock: 24 hours in every language, so that nobody reads 2:00 for 14:00.
const CLOCK: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }

/** 14:03:07 of a time in seconds since the epoch. */
export function clock(at: number): string {
  return dates({ ...CLOCK, second: '2-digit' }).format(at * 1000)
}

/** 14:03, with the day where it is not today. */
export function when(at: number, today: number = Date.now() / 1000): string {
  const same = new Date(at * 1000).toDateString() === new Date(today * 1000).toDateString()
  return dates(same ? CLOCK : { ...CLOCK, day: 'numeric', month: 'short' }).format(at * 1000)
}

/** 14:03 of today, else the day: for lists of the past. */
export function day(at: number, today: number = Date.now() / 1000): string {
  const same = new Date(at * 1000).toDateString() === new Date(today * 1000).toDateString()
  return dates(same ? CLOCK : { day: 'numeric', month: 'short' }).format(at * 1000)
}

/** The whole date and time, for titles and tables of the past. */
export function dateTime(at: number): string {
  return dates({ ...CLOCK, second: '2-digit', day: 'numeric', month: 'short', year: 'numeric' }).format(at * 1000)
}

/** A number with the language's separators. */
export function number(n: number, digits = 0): string {
  return numbers({ maximumFractionDigits: digits }).format(n)
}

/** 12.4k: a number where there is little room. */
export function short(n: number): string {
  return numbers({ notation: 'compact', maximumFractionDigits: 1 }).format(n)
}

/** 87 %: a share of 0…1. */
export function percent(share: number, digits = 0): string {
  return numbers({ style: 'percent', maximumFractionDigits: digits }).format(share)
}

/** 0:59, 4:05, 1:02:09, 3 d 4 h: a duration in seconds that counts down without jumping about. */
export function countdown(s: number): string {
  const whole = Math.max(0, Math.ceil(s))
  const days = Math.floor(whole / 86_400)
  const hours = Math.floor((whole % 86_400) / 3600)
  const minutes = Math.floor((whole % 3600) / 60)
  const two = (n: number): string => String(n).padStart(2, '0')
  if (days > 0) return t('span.days_hours', { days, hours })
  if (hours > 0) return `${hours}:${two(minutes)}:${two(whole % 60)}`
  return `${minutes}:${two(whole % 60)}`
}

/** "30 s", "5 min", "2 h", "7 d": how long something lasts; null lasts until it is reversed. */
export function lasting(s: number | null): string {
  if (s === null) return t('span.until_reversed')
  if (s < 120) return t('span.s', { n: number(s, 1) })
  if (s < 7200) return t('span.min', { n: number(s / 60, 1) })
  if (s < 172_800) return t('span.h', { n: number(s / 3600, 1) })
  return t('span.d', { n: number(s / 86_400, 1) })
}

/** How long ago: "now", "40 s", "5 min" … */
export function ago(at: number, from: number): string {
  const s = Math.max(0, Math.round(from - at))
  if (s < 5) return t('span.now')
  if (s < 120) return t('span.s', { n: s })
  if (s < 7200) return t('span.min', { n: Math.floor(s / 60) })
  if (s < 172_800) return t('span.h', { n: Math.floor(s / 3600) })
  return t('span.d', { n: Math.floor(s / 86_400) })
}
