// Names with their numbers, the greatest first, as bars on one scale.
import type { ComponentChildren } from 'preact'
import type { CountLine } from '../../api/shapes'
import { number } from '../../i18n/formats'
import { Name } from '../../parts/quoted'

const MOST = 8

export interface BarsProps {
  lines: CountLine[]
  nameOf: (name: string) => ComponentChildren
}

/** Bars alone: each as long as its share of the greatest. */
export function BarList({ lines, nameOf }: BarsProps) {
  const greatest = Math.max(1, ...lines.map((line) => line.count))
  return (
    <ul class="bars">
      {lines.map((line) => (
        <li key={line.name}>
          <span class="bar-name">{nameOf(line.name)}</span>
          <span class="bar" aria-hidden="true">
            <span style={{ width: `${Math.max(1, (line.count / greatest) * 100)}%` }} />
          </span>
          <span class="bar-number">{number(line.count)}</span>
        </li>
      ))}
    </ul>
  )
}

export interface RankedProps {
  title: string
  lines: CountLine[]
  /** What will appear here, while nothing does. */
  none: string
  to?: (name: string) => string | null
}

export function Ranked({ title, lines, none, to }: RankedProps) {
  const nameOf = (name: string): ComponentChildren => {
    const where = to?.(name) ?? null
    return where === null ? <Name name={name} /> : <a class="link" href={where}><Name name={name} /></a>
  }
  return (
    <section class="card">
      <header>
        <h2>{title}</h2>
      </header>
      {lines.length === 0 ? <p class="nothing">{none}</p> : <BarList lines={lines.slice(0, MOST)} nameOf={nameOf} />}
    </section>
  )
}
