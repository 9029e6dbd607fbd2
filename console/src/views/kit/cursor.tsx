// The row that keys work on: it follows its item, not its place, when a list changes under it.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Bound } from '../../keys/registry'
import { useKeys } from '../../keys/use'
import { t } from '../../i18n'

/** Return where the cursor stands after a list has changed: with its item, else where that was. */
export function placeOf(keys: readonly string[], key: string | null, last: number): number {
  if (keys.length === 0) return -1
  const at = key === null ? -1 : keys.indexOf(key)
  return at >= 0 ? at : Math.min(Math.max(last, 0), keys.length - 1)
}

export interface Cursor<T> {
  at: number
  item: T | null
  choose: (key: string) => void
  /** What a row takes: its mark, and that a click chooses it. */
  row: (item: T) => RowProps
}

export interface RowProps {
  id: string
  class: string
  'aria-current': 'true' | undefined
  onClick: () => void
}

export interface CursorOptions<T> {
  title: string
  items: readonly T[]
  keyOf: (item: T) => string
  /** Enter, and what it says in the key map. */
  open?: { says: string; run: (item: T) => void }
  keys?: (item: T) => Bound[]
}

/** Keep a cursor on a list: j and k, arrows, Enter, and keys of its own for the row it is on. */
export function useCursor<T>({ title, items, keyOf, open, keys }: CursorOptions<T>): Cursor<T> {
  const [key, setKey] = useState<string | null>(null)
  const last = useRef(0)
  const moved = useRef(false)
  const all = items.map(keyOf)
  const at = placeOf(all, key, last.current)
  last.current = Math.max(at, 0)
  const item = items[at] ?? null
  const here = all[at] ?? null
  const step = (by: number): void => {
    const next = all[Math.min(Math.max(at + by, 0), all.length - 1)]
    moved.current = true
    if (next !== undefined) setKey(next)
  }
  useEffect(() => {
    if (!moved.current || here === null) return
    moved.current = false
    document.getElementById(rowId(here))?.scrollIntoView({ block: 'nearest' })
  }, [here])
  const bound: Bound[] = [
    { key: 'j', says: t('v2.next_row'), run: () => step(1) },
    { key: 'k', says: t('v2.previous_row'), run: () => step(-1) },
    { key: 'ArrowDown', says: t('v2.next_row'), run: () => step(1), hidden: true },
    { key: 'ArrowUp', says: t('v2.previous_row'), run: () => step(-1), hidden: true },
  ]
  if (item !== null && open) bound.push({ key: 'Enter', says: open.says, run: () => open.run(item) })
  if (item !== null && keys) bound.push(...keys(item))
  useKeys(title, bound)
  return {
    at,
    item,
    choose: setKey,
    row: (one) => {
      const mine = keyOf(one)
      return {
        id: rowId(mine),
        class: mine === here ? 'row at' : 'row',
        'aria-current': mine === here ? 'true' : undefined,
        onClick: () => setKey(mine),
      }
    },
  }
}

function rowId(key: string): string {
  return `row-${key}`
}
