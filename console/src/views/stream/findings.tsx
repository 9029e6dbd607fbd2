// What was found: a strip of the last minutes, and a line for each finding.
import { useRef } from 'preact/hooks'
import type { Coverage, Finding } from '../../api/shapes'
import { second } from '../../frame/clock'
import { count, say, t } from '../../i18n'
import { clock, percent } from '../../i18n/formats'
import { Chip, Severity } from '../../parts/marks'
import { Mark } from '../kit/mark'
import { useWidth } from '../kit/width'
import { keyOf, onStrip } from './found'

const SPAN_S = 300
const LANE = 18
const LANES = ['frame', 'speech'] as const

export interface FindingsProps {
  found: Finding[]
  /** How many there were since the stream was opened. */
  earlier: number
  last: Finding | null
  coverage: Coverage | null
}

export function Findings({ found, earlier, last, coverage }: FindingsProps) {
  const shown = found.length === 0 && last ? [last] : found
  const before = earlier - shown.length
  return (
    <section class="panel" aria-label={t('stream.findings')}>
      <h2>{t('stream.findings')}</h2>
      <Strip found={shown} coverage={coverage} />
      {shown.length === 0 ? <p class="nothing">{t('stream.findings_empty')}</p> : null}
      <ol class="findings" tabIndex={0} aria-label={t('stream.findings')}>
        {shown.map((finding) => (
          <Line key={keyOf(finding)} finding={finding} />
        ))}
      </ol>
      {before > 0 ? <p class="hint padded">{count('stream.findings_before', before)}</p> : null}
    </section>
  )
}

function Line({ finding }: { finding: Finding }) {
  return (
    <li>
      <time>{clock(finding.from)}</time>
      <span class="faint">{say('surface', finding.surface)}</span>
      <Mark action={finding.action} />
      <span class="reasons">
        {finding.reasons.map((reason) => (
          <span key={`${reason.rule} ${reason.detector}`}>
            <Severity severity={reason.severity} bare /> {reason.rule} <span class="faint">{[say('category', reason.category), reason.score === undefined ? '' : percent(reason.score), reason.detector ?? ''].filter(Boolean).join(', ')}</span>
          </span>
        ))}
      </span>
      {finding.late ? <Chip tone="warn">{t('stream.late')}</Chip> : null}
    </li>
  )
}

/** The last five minutes: findings as marks in a lane for each surface, hatched where nobody looked. */
function Strip({ found, coverage }: { found: Finding[]; coverage: Coverage | null }) {
  const at = second.value
  const box = useRef<SVGSVGElement>(null)
  const wide = useWidth(box, 320)
  const high = LANES.length * LANE + 16
  return (
    <svg ref={box} class="strip" viewBox={`0 0 ${wide} ${high}`} height={high} role="img" aria-label={`${t('stream.strip')}: ${found.length}`}>
      {LANES.map((lane, index) => (
        <g key={lane} transform={`translate(0 ${index * LANE})`}>
          <rect class="lane" x={0} y={1} width={wide} height={LANE - 4} rx={2} />
          <text class="tick" x={4} y={11.5}>{say('surface', lane)}</text>
          {(coverage?.unchecked ?? [])
            .filter((gap) => (gap.unit === 'speech') === (lane === 'speech'))
            .map((gap) => {
              const place = onStrip(gap.from, gap.to, at, SPAN_S)
              return place ? <rect key={`${gap.unit} ${gap.from}`} class="gap" x={place.from * wide} y={1} width={Math.max(2, (place.to - place.from) * wide)} height={LANE - 4} /> : null
            })}
          {found
            .filter((finding) => (finding.surface === 'speech') === (lane === 'speech'))
            .map((finding) => {
              const place = onStrip(finding.from, finding.to, at, SPAN_S)
              return place ? <rect key={keyOf(finding)} class="found" x={place.from * wide} y={0} width={Math.max(3, (place.to - place.from) * wide)} height={LANE - 2} rx={1} /> : null
            })}
        </g>
      ))}
      {[5, 4, 3, 2, 1].map((minutes) => (
        <text key={minutes} class="tick" x={wide - (minutes / 5) * wide + (minutes === 5 ? 2 : 0)} y={LANES.length * LANE + 11} text-anchor={minutes === 5 ? 'start' : 'middle'}>
          −{minutes} min
        </text>
      ))}
    </svg>
  )
}
