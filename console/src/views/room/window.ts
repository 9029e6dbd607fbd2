// Which lines of a long list with rows of different heights are on the screen.
//
// Only these are in the document; two spacers stand for the rest. A row's height is a guess until
// it was drawn once.

export interface Slice {
  start: number
  end: number
  /** Heights in px of what is left out above and below. */
  above: number
  below: number
}

/** Return the slice to draw for a scroll position, with `extra` px drawn beyond both edges. */
export function sliceOf(
  count: number,
  heightOf: (index: number) => number,
  top: number,
  height: number,
  extra = 400,
): Slice {
  let at = 0
  let start = 0
  while (start < count) {
    const tall = heightOf(start)
    if (at + tall > top - extra) break
    at += tall
    start += 1
  }
  const above = at
  let end = start
  while (end < count && at < top + height + extra) {
    at += heightOf(end)
    end += 1
  }
  let below = 0
  for (let index = end; index < count; index += 1) below += heightOf(index)
  return { start, end, above, below }
}

/** Say whether a scroller is at its end, give or take half a line. */
export function atEnd(top: number, height: number, whole: number): boolean {
  return whole - top - height < 16
}
