// The day in numbers: what comes in, what is decided, how fast, and what is not as it should be.
import { useRef } from 'preact/hooks'
import { path } from '../api/client'
import type { Overview } from '../api/shapes'
import { useAsked } from '../api/use'
import { address } from '../frame/route'
import { may } from '../frame/session'
import type { ViewProps } from '../frame/views'
import { say, t } from '../i18n'
import { when } from '../i18n/formats'
import { useHeard, useTopic } from '../live/use'
import { Link } from '../parts/button'
import { Head } from '../parts/head'
import { Notice, Show } from '../parts/state'
import '../styles/views2.css'
import '../styles/overview.css'
import { Hours } from './overview/hours'
import { Ranked } from './overview/ranked'
import { Tiles } from './overview/tiles'
import { Verdicts } from './overview/verdicts'

/** As many points of the rate are kept as the small curve has room for: four minutes. */
const KEPT = 120

export default function OverviewView(_: ViewProps) {
  const asked = useAsked<Overview>(path('overview'))
  const rates = useRef<number[]>([])
  useTopic('overview')
  useHeard('overview', ({ overview }) => {
    rates.current = [...rates.current.slice(1 - KEPT), overview.messages_rate]
    asked.set(overview)
  })
  const since = asked.data?.since
  return (
    <>
      <Head title={t('overview.title')} beside={since === undefined ? null : t('overview.since', { time: when(since) })} />
      <div class="page">
        <Show asked={asked}>
          {(overview) => (
            <div class="overview">
              <Health overview={overview} />
              <Tiles overview={overview} rates={rates.current} />
              <div class="cards">
                <Hours hours={overview.hours} at={overview.at} />
                <Verdicts verdicts={overview.verdicts} />
                <Ranked title={t('overview.rules')} lines={overview.rules} none={t('overview.no_rules')} to={ruleAddress} />
                <Ranked title={t('overview.categories')} lines={overview.categories.map((line) => ({ ...line, name: say('category', line.name) }))} none={t('overview.no_categories')} />
              </div>
            </div>
          )}
        </Show>
      </div>
    </>
  )
}

function ruleAddress(rule: string): string | null {
  return may('policy.read') ? address('policy', ['rules', rule]) : null
}

function Health({ overview }: { overview: Overview }) {
  const nobody = overview.on_call.length === 0
  if (overview.degraded.length === 0 && !nobody) return null
  return (
    <section aria-label={t('overview.health')} class="health">
      {overview.degraded.map((one) => (
        <Notice key={one.name} kind="warn">
          {one.says}
        </Notice>
      ))}
      {nobody ? (
        <Notice kind="warn">
          {t('overview.nobody')}{' '}
          {may('pages.manage') ? <Link to={address('paging', ['rota'])}>{t('overview.set_rota')}</Link> : null}
        </Notice>
      ) : null}
    </section>
  )
}
