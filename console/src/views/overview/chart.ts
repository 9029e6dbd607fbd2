// The geometry of the overview's bar chart: pairs of bars for each hour, on a scale people can read.

export interface Bar {
  x: number
  y: number
  width: number
  height: number
}

export interface HourBars {
  /** Hours before now: 23 … 0. */
  ago: number
  opened: number
  decided: number
  first: Bar
  second: Bar
  /** Left edge and width of the whole hour, for hovering. */
  left: number
  wide: number
}

export interface Chart {
  hours: HourBars[]
  /** Values of the grid lines, from 0 up, and their y. */
  ticks: { value: number; y: number }[]
  top: number
}

/** Return the next round number (1, 2, 5 x 10^n) whose four-fold reaches `most`; 1 at least. */
export function stepFor(most: number): number {
  const raw = Math.max(most, 1) / 4
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= raw) ?? 10 * power
  return Math.max(1, step)
}

/** Lay out the hours in a box of `width` x `height`. */
export function layOut(hours: number[][], width: number, height: number): Chart {
  const most = Math.max(0, ...hours.flat())
  const step = stepFor(most)
  const top = Math.max(step, Math.ceil(most / step) * step)
  const wide = width / Math.max(hours.length, 1)
  const bar = Math.max(1, Math.min(14, wide / 2 - 3))
  const boxed = (left: number, value: number): Bar => {
    const tall = (value / top) * height
    return { x: left, y: height - tall, width: bar, height: tall }
  }
  return {
    hours: hours.map(([opened = 0, decided = 0], index) => {
      const middle = index * wide + wide / 2
      return {
        ago: hours.length - 1 - index,
        opened,
        decided,
        first: boxed(middle - bar - 1, opened),
        second: boxed(middle + 1, decided),
        left: index * wide,
        wide,
      }
    }),
    ticks: Array.from({ length: Math.round(top / step) + 1 }, (_, index) => ({
      value: index * step,
      y: height - ((index * step) / top) * height,
    })),
    top,
  }
}
