// One stream: what it shows now, what was examined and found, what is in force, and a hand on it.
import { useState } from 'preact/hooks'
import { path } from '../api/client'
import { Problem } from '../api/problem'
import type { Finding, StreamShown } from '../api/shapes'
import { useAsked } from '../api/use'
import { now } from '../frame/clock'
import { address } from '../frame/route'
import { may } from '../frame/session'
import type { ViewProps } from '../frame/views'
import { t } from '../i18n'
import { ago, number, when } from '../i18n/formats'
import { useHeard, useTopic } from '../live/use'
import { Link } from '../parts/button'
import { Head } from '../parts/head'
import { Name } from '../parts/quoted'
import { Empty, Notice, Show } from '../parts/state'
import '../styles/views2.css'
import '../styles/streams.css'
import { usePoll } from './kit/poll'
import { Coverage } from './stream/coverage'
import { Findings } from './stream/findings'
import { withFinding } from './stream/found'
import { Frame } from './stream/frame'
import { Hand } from './stream/hand'
import { Pending } from './stream/pending'
import { StreamState } from './streams/state'

const ANEW_S = 5

export default function Stream({ parts }: ViewProps) {
  const stream = parts[0] ?? ''
  return <One key={stream} id={stream} />
}

function One({ id }: { id: string }) {
  const asked = useAsked<StreamShown>(path('streams', id))
  const [found, setFound] = useState<Finding[]>([])
  const [captured, setCaptured] = useState<number | null>(null)
  const [ended, setEnded] = useState(false)
  useTopic(`stream:${id}`)
  useHeard('stream', (told) => {
    if (told.stream.stream !== id) return
    asked.set(told.stream)
    setCaptured(told.frame)
    setEnded(false)
  })
  useHeard('finding', (told) => {
    if (told.stream === id) setFound((old) => withFinding(old, told.finding))
  })
  useHeard('stream_ended', (told) => {
    if (told.stream === id) setEnded(true)
  })
  usePoll(asked.reload, ANEW_S)
  const gone = asked.data === null && asked.problem instanceof Problem && asked.problem.status === 404
  const over = ended || (asked.data !== null && asked.problem instanceof Problem && asked.problem.status === 404)
  return (
    <>
      <Head title={<Name name={id} />} beside={asked.data && !over ? <StreamState stream={asked.data} /> : null}>
        <Link to={address('streams')}>{t('stream.to_list')}</Link>
      </Head>
      <div class="page">
        {gone ? (
          <Empty title={t('stream.gone')}>{t('stream.gone_help')}</Empty>
        ) : (
          <Show asked={over ? { ...asked, problem: null } : asked}>
            {(shown) => (
              <>
                {over ? <Notice kind="warn">{t('stream.ended')}</Notice> : null}
                {shown.pending && !over ? <Pending stream={shown} pending={shown.pending} changed={asked.reload} /> : null}
                <div class="stream">
                  <div class="column">
                    <Frame stream={id} captured={captured} over={over} />
                    <Findings found={found} earlier={shown.findings} last={shown.last} coverage={shown.coverage} />
                  </div>
                  <div class="column">
                    <Facts stream={shown} captured={captured} />
                    {may('streams.act') ? <Hand stream={shown} changed={asked.reload} over={over} /> : null}
                    <Coverage coverage={shown.coverage} />
                  </div>
                </div>
              </>
            )}
          </Show>
        )}
      </div>
    </>
  )
}

function Facts({ stream, captured }: { stream: StreamShown; captured: number | null }) {
  const lag = captured === null ? null : Math.max(0, now() - captured)
  return (
    <section class="panel">
      <dl class="facts">
        <div title={t('stream.lag_help')}><dt>{t('stream.lag')}</dt><dd>{lag === null ? '–' : `${number(lag, 1)} s`}</dd></div>
        <div><dt>{t('stream.viewers')}</dt><dd>{number(stream.viewers)}</dd></div>
        <div><dt>{t('stream.opened')}</dt><dd>{when(stream.opened_at)} ({ago(stream.opened_at, now())})</dd></div>
        <div>
          <dt>{t('streams.room')}</dt>
          <dd><a class="link" href={address('room', [stream.room])}><Name name={stream.room} /></a></dd>
        </div>
        <div>
          <dt>{t('stream.user')}</dt>
          <dd>
            {may('decisions.read') ? (
              <a class="link" href={address('decisions', [], { user: stream.user })}><Name name={stream.user} /></a>
            ) : (
              <Name name={stream.user} />
            )}
          </dd>
        </div>
        <div><dt>{t('stream.server')}</dt><dd><Name name={stream.server} />, {stream.container}</dd></div>
        <div><dt>{t('stream.offset')}</dt><dd>{number(stream.offset_s * 1000)} ms</dd></div>
      </dl>
    </section>
  )
}
