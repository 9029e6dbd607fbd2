// A list of thousands of rows of one height of which only those in sight exist.
//
// When rows come or go, what one looks at stays where it is: the anchor row if it is in sight, else the first row in
// sight. At the very top and without an anchor the list simply shows its beginning.
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { drawn, scrollTo, shifted } from './windowing'

export interface VirtualProps<T> {
  items: readonly T[]
  row: number
  keyOf: (item: T) => string
  children: (item: T, at: number) => ComponentChildren
  /** The key of the row that is brought into sight when it becomes another one, and that stays in place. */
  at?: string | null
  label: string
  /** Called when the end comes near: there may be more to fetch. */
  more?: () => void
  role?: 'listbox' | 'list' | 'rowgroup'
  multi?: boolean
  /** The element id of a row: screen readers are told of the one at `at`. */
  idOf?: (item: T) => string
  /** The pointer is over the list, or not; or the list was scrolled. */
  hover?: (over: boolean) => void
  box?: { current: HTMLDivElement | null }
}

export function Virtual<T>(props: VirtualProps<T>) {
  const { items, row, at = null, keyOf } = props
  const own = useRef<HTMLDivElement>(null)
  const box = props.box ?? own
  const before = useRef<readonly T[]>(items)
  const [top, setTop] = useState(0)
  const [height, setHeight] = useState(800)

  useLayoutEffect(() => {
    const element = box.current
    if (!element) return undefined
    setHeight(element.clientHeight)
    const size = new ResizeObserver(() => setHeight(element.clientHeight))
    size.observe(element)
    return () => size.disconnect()
  }, [])

  useLayoutEffect(() => {
    const element = box.current
    const old = before.current
    before.current = items
    if (!element || old === items) return
    const by = shifted(old.map(keyOf), items.map(keyOf), at, element.scrollTop, element.clientHeight, row)
    if (by !== 0) element.scrollTop += by
  }, [items])

  useLayoutEffect(() => {
    const element = box.current
    const index = at === null ? -1 : items.findIndex((item) => keyOf(item) === at)
    if (element && index >= 0) element.scrollTop = scrollTo(index, element.scrollTop, element.clientHeight, row)
  }, [at, row])

  const { first, end } = drawn(top, height, row, items.length)
  // A row out of sight does not exist, and nothing may point to it.
  const active = at === null ? undefined : items.slice(first, end).find((item) => keyOf(item) === at)
  useEffect(() => {
    if (end >= items.length - 20) props.more?.()
  }, [end, items.length, props.more])

  return (
    <div
      ref={box}
      class="virtual"
      tabIndex={0}
      role={props.role ?? 'listbox'}
      aria-label={props.label}
      aria-multiselectable={props.multi}
      aria-activedescendant={active && props.idOf ? props.idOf(active) : undefined}
      onScroll={(event) => {
        setTop(event.currentTarget.scrollTop)
        props.hover?.(true)
      }}
      onPointerMove={() => props.hover?.(true)}
      onPointerLeave={() => props.hover?.(false)}
    >
      <div class="virtual-all" role="presentation" style={{ height: `${items.length * row}px` }}>
        {items.slice(first, end).map((item, n) => (
          <div
            key={keyOf(item)}
            role="presentation"
            class="virtual-row"
            style={{ transform: `translateY(${(first + n) * row}px)`, height: `${row}px` }}
          >
            {props.children(item, first + n)}
          </div>
        ))}
      </div>
    </div>
  )
}
