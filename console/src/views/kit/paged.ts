// A list that comes in pages: the first asked anew when the question changes, more on demand.
import { useEffect, useState } from 'preact/hooks'
import { get, withQuery } from '../../api/client'
import { type Asked, useAsked } from '../../api/use'
import { toastProblem } from '../../parts/toast'

export interface Page<T> {
  items: T[]
  next: string | null
}

export interface Paged<T> {
  asked: Asked<Page<T>>
  items: T[]
  /** null: everything is here. */
  more: (() => void) | null
  busy: boolean
  /** Change items in place, wherever they are. */
  change: (each: (item: T) => T) => void
}

export type Query = Record<string, string | number | boolean | null | undefined>

/** Ask for a list page by page. */
export function usePaged<T>(where: string, query: Query = {}, limit = 50): Paged<T> {
  const asked = useAsked<Page<T>>(withQuery(where, { ...query, limit }))
  const [rest, setRest] = useState<Page<T> | null>(null)
  const [busy, setBusy] = useState(false)
  const first = asked.data
  // What was fetched after an older first page does not belong to a newer one.
  useEffect(() => setRest(null), [first])
  const next = rest === null ? (first?.next ?? null) : rest.next
  const more = (cursor: string): void => {
    if (busy) return
    setBusy(true)
    get<Page<T>>(withQuery(where, { ...query, limit, cursor }))
      .then((page) => setRest((old) => ({ items: [...(old?.items ?? []), ...page.items], next: page.next })))
      .catch(toastProblem)
      .finally(() => setBusy(false))
  }
  return {
    asked,
    items: [...(first?.items ?? []), ...(rest?.items ?? [])],
    more: next === null ? null : () => more(next),
    busy,
    change: (each) => {
      setRest((old) => old && { ...old, items: old.items.map(each) })
      asked.set((old) => old && { ...old, items: old.items.map(each) })
    },
  }
}
