// Which rows of a long list are drawn: those in sight and a few around them. Rows have one height.

export interface Drawn {
  first: number
  /** One past the last. */
  end: number
}

/** The rows to draw for a scroll position; always within 0…count. */
export function drawn(scrollTop: number, height: number, row: number, count: number, around = 8): Drawn {
  const top = Math.max(0, Math.floor(scrollTop / row) - around)
  const end = Math.min(count, Math.ceil((scrollTop + height) / row) + around)
  const first = Math.min(top, Math.max(0, end - 1))
  return { first: count === 0 ? 0 : first, end }
}

/** Where to scroll so that a row is in sight with one row of air; where it is already, nothing moves. */
export function scrollTo(at: number, scrollTop: number, height: number, row: number): number {
  const top = at * row
  if (top < scrollTop + row) return Math.max(0, top - row)
  if (top + 2 * row > scrollTop + height) return top + 2 * row - height
  return scrollTop
}

/** How far to scroll after rows came or went, so that what one looks at stays where it is. */
export function shifted(
  old: readonly string[],
  fresh: readonly string[],
  anchor: string | null,
  scrollTop: number,
  height: number,
  row: number,
): number {
  const at = anchor === null ? -1 : old.indexOf(anchor)
  const inSight = at >= 0 && (at + 1) * row > scrollTop && at * row < scrollTop + height
  if (!inSight && scrollTop === 0) return 0
  // The row looked at may have gone itself: then the next one that is still there.
  for (let here = inSight ? at : Math.floor(scrollTop / row); here < old.length; here += 1) {
    const to = fresh.indexOf(old[here] ?? '')
    if (to >= 0) return (to - here) * row
  }
  return 0
}
