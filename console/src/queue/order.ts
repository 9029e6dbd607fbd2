// The queue as one sees it: live, but nothing moves under the pointer or the cursor. Pure.
//
// 1. What is told replaces the line in place at once; its row keeps its place while the board is held.
// 2. What is new waits (`fresh`) and what has left stays, marked, until the board settles.
// 3. Settling puts everything in order: by rank, then by id; no clock changes a rank.
// 4. What was told while a page was on its way may be newer than the page: it is told again of what the page brought.
// 5. Only the first part of a long queue is here: what ranks behind the last loaded line comes with its page.

import type { CaseLine } from '../api/shapes'

export interface Board {
  lines: ReadonlyMap<string, CaseLine>
  /** The rows as they stand. */
  order: readonly string[]
  /** New lines that have no row yet. */
  fresh: ReadonlySet<string>
  /** Rows that no longer belong here. */
  left: ReadonlySet<string>
  /** The cursor of the next page; null: all is here. */
  next: string | null
  loaded: boolean
}

export const EMPTY: Board = { lines: new Map(), order: [], fresh: new Set(), left: new Set(), next: null, loaded: false }

export type Belongs = (line: CaseLine) => boolean

const compare = (a: CaseLine, b: CaseLine): number => a.rank - b.rank || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

function sorted(lines: ReadonlyMap<string, CaseLine>, ids: Iterable<string>): string[] {
  const found: CaseLine[] = []
  for (const id of ids) {
    const line = lines.get(id)
    if (line) found.push(line)
  }
  return found.sort(compare).map((line) => line.id)
}

/** The board of a first page, or of the pages that are asked for anew after a break. */
export function begun(lines: readonly CaseLine[], next: string | null): Board {
  const all = new Map(lines.map((line) => [line.id, line]))
  return { ...EMPTY, lines: all, order: sorted(all, all.keys()), next, loaded: true }
}

/** The board with one more page behind its end. */
export function extended(board: Board, page: readonly CaseLine[], next: string | null): Board {
  const lines = new Map(board.lines)
  const added: string[] = []
  for (const line of page) {
    const known = lines.get(line.id)
    if (!known || known.version <= line.version) lines.set(line.id, line)
    if (!known) added.push(line.id)
  }
  return { ...board, lines, order: [...board.order, ...sorted(lines, added)], next }
}

/** The board after the live socket has told of changed lines. */
export function told(board: Board, changed: readonly CaseLine[], belongs: Belongs): Board {
  const lines = new Map(board.lines)
  const fresh = new Set(board.fresh)
  const left = new Set(board.left)
  const end = board.next === null ? null : lastRank(board)
  for (const line of changed) {
    const known = lines.get(line.id)
    if (known && known.version > line.version) continue
    const here = belongs(line)
    if (known && !fresh.has(line.id)) {
      lines.set(line.id, line)
      if (here) left.delete(line.id)
      else left.add(line.id)
    } else if (!here) {
      lines.delete(line.id)
      fresh.delete(line.id)
    } else if (end === null || line.rank <= end) {
      lines.set(line.id, line)
      fresh.add(line.id)
    }
  }
  return { ...board, lines, fresh, left }
}

function lastRank(board: Board): number {
  const last = board.lines.get(board.order.at(-1) ?? '')
  return last ? last.rank : Number.POSITIVE_INFINITY
}

/** Whether settling would change anything that is seen. */
export function isSettled(board: Board): boolean {
  if (board.fresh.size > 0 || board.left.size > 0) return false
  let before: CaseLine | undefined
  for (const id of board.order) {
    const line = board.lines.get(id)
    if (before && line && compare(before, line) > 0) return false
    before = line
  }
  return true
}

/** Everything in its place. */
export function settled(board: Board): Board {
  const lines = new Map(board.lines)
  for (const id of board.left) lines.delete(id)
  return { ...board, lines, order: sorted(lines, lines.keys()), fresh: new Set(), left: new Set() }
}
