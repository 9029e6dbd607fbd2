// Cases opened and decided in each of the last 24 hours: a chart, and the same as a table.
import { useRef, useState } from 'preact/hooks'
import { t } from '../../i18n'
import { number } from '../../i18n/formats'
import { Button } from '../../parts/button'
import { useWidth } from '../kit/width'
import { type HourBars, layOut } from './chart'

const HIGH = 220
const LEFT = 34
const FOOT = 20

export function Hours({ hours, at }: { hours: number[][]; at: number }) {
  const [table, setTable] = useState(false)
  const opened = hours.reduce((sum, hour) => sum + (hour[0] ?? 0), 0)
  const decided = hours.reduce((sum, hour) => sum + (hour[1] ?? 0), 0)
  const nothing = opened + decided === 0
  return (
    <section class="card wide">
      <header>
        <h2>{t('overview.hours')}</h2>
        <span class="legend">
          <span class="swatch opened" aria-hidden="true" /> {t('overview.opened')} {number(opened)}
          <span class="swatch decided" aria-hidden="true" /> {t('overview.decided')} {number(decided)}
        </span>
        {nothing ? null : (
          <Button small kind="quiet" run={() => setTable(!table)} pressed={table}>
            {t('overview.hours_table')}
          </Button>
        )}
      </header>
      {nothing ? <p class="nothing">{t('overview.no_hours')}</p> : null}
      {!nothing && table ? <Table hours={hours} at={at} /> : null}
      {!nothing && !table ? <Bars hours={hours} at={at} sum={t('overview.hours_sum', { opened, decided })} /> : null}
    </section>
  )
}

/** "14:00", `ago` hours before the one of `at`. */
function hourName(at: number, ago: number): string {
  const hour = new Date((at - ago * 3600) * 1000).getHours()
  return `${String(hour).padStart(2, '0')}:00`
}

function Bars({ hours, at, sum }: { hours: number[][]; at: number; sum: string }) {
  const box = useRef<SVGSVGElement>(null)
  const wide = useWidth(box, 320)
  const chart = layOut(hours, wide - LEFT, HIGH - FOOT)
  return (
    <svg ref={box} class="hours" viewBox={`0 -6 ${wide} ${HIGH + 6}`} height={HIGH + 6} role="img" aria-label={`${t('overview.hours')}: ${sum}`}>
      {chart.ticks.map((tick) => (
        <g key={tick.value}>
          <line class="table" x1={LEFT} x2={wide} y1={tick.y} y2={tick.y} />
          <text class="tick" x={LEFT - 6} y={tick.y + 3.5} text-anchor="end">
            {number(tick.value)}
          </text>
        </g>
      ))}
      <g transform={`translate(${LEFT} 0)`}>
        {chart.hours.map((hour) => (
          <Pair key={hour.ago} hour={hour} name={hourName(at, hour.ago)} />
        ))}
      </g>
    </svg>
  )
}

function Pair({ hour, name }: { hour: HourBars; name: string }) {
  return (
    <g class="pair">
      <title>{t('overview.hour_says', { hour: name, opened: hour.opened, decided: hour.decided })}</title>
      <rect class="hover" x={hour.left} y={-4} width={hour.wide} height={HIGH - FOOT + 4} />
      <rect class="opened" {...hour.first} rx={1.5} />
      <rect class="decided" {...hour.second} rx={1.5} />
      {hour.ago % 4 === 3 ? (
        <text class="tick" x={hour.left + hour.wide / 2} y={HIGH - 4} text-anchor="middle">
          {name}
        </text>
      ) : null}
    </g>
  )
}

function Table({ hours, at }: { hours: number[][]; at: number }) {
  return (
    <div class="scroll-y" tabIndex={0} role="region" aria-label={t('overview.hours')}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{t('overview.hour')}</th>
            <th scope="col" class="number">{t('overview.opened')}</th>
            <th scope="col" class="number">{t('overview.decided')}</th>
          </tr>
        </thead>
        <tbody>
          {hours.map(([opened = 0, decided = 0], index) => (
            <tr key={index}>
              <th scope="row">{hourName(at, hours.length - 1 - index)}</th>
              <td class="number">{number(opened)}</td>
              <td class="number">{number(decided)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
