// Text that people wrote, cut into pieces that are safe to show: matched spans, and what hides made visible.
//
// 1. Everything is a text node in the end; nothing here ever makes markup.
// 2. Offsets are code points, as the gateway counts them; JavaScript counts UTF-16 units.
// 3. Characters that reorder, hide or join are shown as their names: what a reader saw may differ from what stands.

import type { Span } from '../api/shapes'

export interface Piece {
  kind: 'text' | 'hidden'
  text: string
  /** The rules that matched here. */
  rules: string[]
}

const NAMES: Record<number, string> = {
  0x00: 'NUL', 0x09: 'TAB', 0x0d: 'CR', 0x1b: 'ESC', 0x7f: 'DEL', 0xad: 'SHY', 0x034f: 'CGJ', 0x061c: 'ALM', 0x115f: 'HCF', 0x1160: 'HJF', 0x180e: 'MVS',
  0x200b: 'ZWSP', 0x200c: 'ZWNJ', 0x200d: 'ZWJ', 0x200e: 'LRM', 0x200f: 'RLM', 0x2028: 'LSEP', 0x2029: 'PSEP',
  0x202a: 'LRE', 0x202b: 'RLE', 0x202c: 'PDF', 0x202d: 'LRO', 0x202e: 'RLO', 0x2060: 'WJ', 0x2061: 'FA',
  0x2062: 'IT', 0x2063: 'IS', 0x2064: 'IP', 0x2066: 'LRI', 0x2067: 'RLI', 0x2068: 'FSI', 0x2069: 'PDI',
  0x2800: 'BRAILLE', 0x3164: 'HF', 0xfeff: 'BOM', 0xffa0: 'HWHF',
}

const JOINS = new Set([0x200c, 0x200d])
const PICTURE = /\p{Extended_Pictographic}|[\u{1f3fb}-\u{1f3ff}\ufe0f\u2640\u2642]/u
const JOINING = /[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Malayalam}\p{Script=Kannada}\p{Script=Sinhala}]/u

/** Name a character that cannot be seen, null for one that can. */
export function hiddenName(point: number): string | null {
  const known = NAMES[point]
  if (known) return known
  const control = (point < 0x20 && point !== 0x0a) || (point >= 0x80 && point <= 0x9f)
  const tag = point >= 0xe0000 && point <= 0xe0fff
  const odd = (point >= 0x206a && point <= 0x206f) || (point >= 0xfff9 && point <= 0xfffb) || (point >= 0xd800 && point <= 0xdfff)
  return control || tag || odd ? `U+${point.toString(16).toUpperCase().padStart(4, '0')}` : null
}

// A joiner inside an emoji, or between letters of a script that needs it, is ordinary writing.
function isOrdinaryJoiner(points: string[], at: number): boolean {
  const here = points[at]?.codePointAt(0) ?? 0
  if (!JOINS.has(here)) return false
  const before = points[at - 1] ?? ''
  const next = points[at + 1] ?? ''
  return (PICTURE.test(before) && PICTURE.test(next)) || (JOINING.test(before) && JOINING.test(next))
}

/** Cut text into pieces at spans and hidden characters. Spans may overlap and may reach past the end. */
export function pieces(text: string, spans: readonly Span[] = []): Piece[] {
  const points = [...text]
  const rules = rulesAt(points.length, spans)
  const found: Piece[] = []
  for (let at = 0; at < points.length; at += 1) {
    const point = points[at] ?? ''
    const name = isOrdinaryJoiner(points, at) ? null : hiddenName(point.codePointAt(0) ?? 0)
    const here = rules[at] ?? NOBODY
    const last = found.at(-1)
    if (name === null && last?.kind === 'text' && last.rules === here) last.text += point
    else found.push({ kind: name === null ? 'text' : 'hidden', text: name ?? point, rules: here })
  }
  return found
}

/** The same as one string, for where there is no room for marks: options and what only screen readers hear. */
export function visible(text: string): string {
  return pieces(text).map((piece) => (piece.kind === 'hidden' ? `[${piece.text}]` : piece.text)).join('')
}

const NOBODY: string[] = []

// One shared array for each stretch between two edges, so that pieces compare by identity.
function rulesAt(length: number, all: readonly Span[]): string[][] {
  const spans = all.filter((span) => span.end > span.start)
  const edges = new Set([0, length])
  for (const { start, end } of spans) {
    edges.add(Math.min(Math.max(start, 0), length))
    edges.add(Math.min(Math.max(end, 0), length))
  }
  const sorted = [...edges].sort((a, b) => a - b)
  const found = new Array<string[]>(length)
  for (const [n, from] of sorted.entries()) {
    const to = sorted[n + 1] ?? length
    const here = spans.filter((span) => span.start <= from && span.end >= to).map((span) => span.rule)
    found.fill(here.length > 0 ? [...new Set(here)] : NOBODY, from, to)
  }
  return found
}

/** Cut text to at most `most` code points and `lines` lines; says whether something was left out. */
export function clamp(text: string, most: number, lines: number): { text: string; cut: boolean } {
  // No need to look at a megabyte to show 600 characters: a code point has two units at most.
  const head = [...text.slice(0, most * 2 + 2)]
  let shown = head.length > most ? head.slice(0, most).join('') : head.join('')
  const rows = shown.split('\n')
  if (rows.length > lines) shown = rows.slice(0, lines).join('\n')
  return { text: shown, cut: shown.length < text.length }
}
