// The numbers one looks at first, each with what it means beneath.
import type { ComponentChildren } from 'preact'
import type { Overview } from '../../api/shapes'
import { address } from '../../frame/route'
import { count, t } from '../../i18n'
import { lasting, number, percent, when } from '../../i18n/formats'
import { Priority } from '../../parts/marks'
import { Name } from '../../parts/quoted'
import { Spark } from './spark'

const PRIORITIES = ['p0', 'p1', 'p2', 'p3']

export function Tiles({ overview, rates }: { overview: Overview; rates: readonly number[] }) {
  const { open, latency_ms: latency } = overview
  const all = PRIORITIES.reduce((sum, each) => sum + (open[each] ?? 0), 0)
  return (
    <section class="tiles" aria-label={t('overview.now')}>
      <Tile label={t('overview.messages_rate')} value={number(overview.messages_rate)} beside={<Spark values={rates} />}>
        {t('overview.messages', { n: number(overview.messages), time: when(overview.since) })}
      </Tile>
      <Tile
        label={t('overview.latency')}
        value={latency['p50'] === undefined ? null : `${number(latency['p50'], 1)} ms`}
      >
        {latency['p95'] === undefined ? t('overview.not_yet') : t('overview.latency_p95', { ms: number(latency['p95'], 1) })}
      </Tile>
      <Tile label={t('overview.open')} value={number(all)} to={address('queue')}>
        <span class="by-priority">
          {PRIORITIES.map((each) => (
            <span key={each} class={open[each] ? '' : 'faint'}>
              <Priority priority={each} /> {number(open[each] ?? 0)}
            </span>
          ))}
        </span>
      </Tile>
      <Tile label={t('overview.first')} value={overview.first_s === null ? null : lasting(overview.first_s)}>
        {overview.expired > 0 ? count('overview.expired', overview.expired) : t('overview.of_claimed')}
      </Tile>
      <Tile label={t('overview.handling')} value={overview.handling_s === null ? null : lasting(overview.handling_s)}>
        {t('overview.of_decided')}
      </Tile>
      <Tile label={t('overview.overturned')} value={overview.overturned === null ? null : percent(overview.overturned, 1)}>
        {t('overview.overturned_help')}
      </Tile>
      <Tile label={t('overview.coverage')} value={overview.coverage === null ? null : percent(overview.coverage, 1)} to={address('streams')}>
        {overview.streams === 0 ? t('overview.no_streams') : count('overview.coverage_help', overview.streams)}
      </Tile>
      <Tile label={t('overview.on_call')} value={overview.on_call.length === 0 ? null : <Name name={overview.on_call[0] ?? ''} />} to={address('paging')}>
        {overview.on_call.length > 1 ? (
          <>
            + {overview.on_call.slice(1).map((each) => <Name key={each} name={each} />)}
          </>
        ) : (
          `${count('overview.consoles', overview.consoles)}, ${count('overview.connections', overview.connections)}`
        )}
      </Tile>
    </section>
  )
}

interface TileProps {
  label: string
  /** null: there is nothing to say yet. */
  value: ComponentChildren
  beside?: ComponentChildren
  to?: string
  children: ComponentChildren
}

function Tile({ label, value, beside, to, children }: TileProps) {
  return (
    <div class="tile">
      <h2>{to ? <a href={to}>{label}</a> : label}</h2>
      <p class={value === null ? 'value none' : 'value'}>
        {value === null ? '–' : value}
        {beside}
      </p>
      <p class="means">{children}</p>
    </div>
  )
}
