// A scroller for rows of different heights of which only those in sight exist.
//
// 1. It sticks to the end while it follows. Scrolling up stops that, reaching the end resumes it.
// 2. A height is a guess until a row was drawn; what was drawn is remembered for its event and revision.
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ContextLine } from '../../api/shapes'
import { atEnd, sliceOf } from './window'

const GUESS = 26
/** px that a person scrolls up at least; less is rounding. */
const UP = 4

export interface ScrollerProps {
  lines: ContextLine[]
  follows: boolean
  setFollows: (on: boolean) => void
  /** The event that is kept in sight when it changes. */
  chosen: string | null
  label: string
  children: (line: ContextLine) => ComponentChildren
}

const keyOf = (line: ContextLine): string => `${line.event} ${line.rev}`

export function Scroller({ lines, follows, setFollows, chosen, label, children }: ScrollerProps) {
  const box = useRef<HTMLDivElement>(null)
  const heights = useRef(new Map<string, number>())
  const [top, setTop] = useState(0)
  const [height, setHeight] = useState(800)
  // Where we last put the scroller: whoever is above it has scrolled up.
  const placed = useRef(0)

  const heightOf = (index: number): number => {
    const line = lines[index]
    return (line && heights.current.get(keyOf(line))) ?? GUESS
  }
  const slice = sliceOf(lines.length, heightOf, follows ? Number.MAX_SAFE_INTEGER : top, height)
  const drawn = follows ? lastOf(lines.length, heightOf, height) : slice

  useLayoutEffect(() => {
    const element = box.current
    if (!element) return undefined
    const size = new ResizeObserver(() => {
      // Another width wraps other lines.
      heights.current.clear()
      setHeight(element.clientHeight)
    })
    size.observe(element)
    return () => size.disconnect()
  }, [])

  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    for (const row of element.querySelectorAll<HTMLElement>('[data-key]')) {
      heights.current.set(row.dataset['key'] ?? '', row.offsetHeight)
    }
    if (follows) {
      element.scrollTop = element.scrollHeight
      placed.current = element.scrollTop
    }
  })

  useLayoutEffect(() => {
    const element = box.current
    const at = lines.findIndex((line) => line.event === chosen)
    if (!element || at < 0) return
    let start = 0
    for (let index = 0; index < at; index += 1) start += heightOf(index)
    const end = start + heightOf(at)
    if (start < element.scrollTop) element.scrollTop = start - GUESS
    else if (end > element.scrollTop + element.clientHeight) element.scrollTop = end + GUESS - element.clientHeight
  }, [chosen])

  return (
    <div
      ref={box}
      class="lines"
      tabIndex={0}
      role="log"
      aria-live="off"
      aria-label={label}
      onScroll={(event) => {
        const { scrollTop, clientHeight, scrollHeight } = event.currentTarget
        setTop(scrollTop)
        const end = atEnd(scrollTop, clientHeight, scrollHeight)
        if (follows && !end && scrollTop < placed.current - UP) setFollows(false)
        else if (!follows && end && chosen === null) setFollows(true)
      }}
      // At once: the next batch would pull the wheel back.
      onWheel={(event) => {
        if (follows && event.deltaY < 0) setFollows(false)
      }}
    >
      <div style={{ height: `${drawn.above}px` }} />
      {lines.slice(drawn.start, drawn.end).map((line) => (
        <div key={line.event} data-key={keyOf(line)}>
          {children(line)}
        </div>
      ))}
      <div style={{ height: `${drawn.below}px` }} />
    </div>
  )
}

/** While following, the end is drawn wherever the scroller stands: it goes there right after. */
function lastOf(count: number, heightOf: (index: number) => number, height: number): ReturnType<typeof sliceOf> {
  let whole = 0
  for (let index = 0; index < count; index += 1) whole += heightOf(index)
  return sliceOf(count, heightOf, Math.max(0, whole - height), height)
}
