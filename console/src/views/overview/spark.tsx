// A small curve of the last minutes; decoration beside a number that says it.

const WIDE = 96
const HIGH = 24
/** Fewer points make no curve. */
const FEWEST = 4

/** The path of a curve through values, on a scale from their least to their most. */
export function sparkPath(values: readonly number[], width = WIDE, height = HIGH): string {
  if (values.length < FEWEST) return ''
  const least = Math.min(...values)
  const range = Math.max(...values) - least || 1
  return values
    .map((value, index) => {
      const x = (index / (values.length - 1)) * width
      const y = height - 1 - ((value - least) / range) * (height - 2)
      return `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`
    })
    .join('')
}

export function Spark({ values }: { values: readonly number[] }) {
  return (
    <svg class="spark" viewBox={`0 0 ${WIDE} ${HIGH}`} width={WIDE} height={HIGH} aria-hidden="true">
      <path d={sparkPath(values)} />
    </svg>
  )
}
