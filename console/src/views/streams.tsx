// The streams that are open here: how they stand, what was examined, what is in force.
import { path } from '../api/client'
import type { StreamShown, StreamsShown } from '../api/shapes'
import { useAsked } from '../api/use'
import { now } from '../frame/clock'
import { address, go } from '../frame/route'
import type { ViewProps } from '../frame/views'
import { t } from '../i18n'
import { ago, number } from '../i18n/formats'
import { Countdown } from '../parts/countdown'
import { Head } from '../parts/head'
import { ActionChip } from '../parts/marks'
import { Name } from '../parts/quoted'
import { Empty, Show } from '../parts/state'
import '../styles/views2.css'
import '../styles/streams.css'
import { useCursor } from './kit/cursor'
import { Meter } from './kit/meter'
import { usePoll } from './kit/poll'
import { Cuts } from './streams/cuts'
import { StreamState } from './streams/state'

const ANEW_S = 3

export default function Streams(_: ViewProps) {
  const asked = useAsked<StreamsShown>(path('streams'))
  usePoll(asked.reload, ANEW_S)
  return (
    <>
      <Head title={t('streams.title')} beside={asked.data ? number(asked.data.items.length) : null} />
      <div class="page flush">
        <Show asked={asked}>
          {({ items, cuts }) => (
            <>
              {items.length === 0 ? <Empty title={t('streams.empty')}>{t('streams.empty_help')}</Empty> : <Table streams={items} />}
              <Cuts cuts={cuts} />
            </>
          )}
        </Show>
      </div>
    </>
  )
}

const keyOf = (stream: StreamShown): string => stream.stream
const addressOf = (stream: StreamShown): string => address('stream', [stream.stream])

function Table({ streams }: { streams: StreamShown[] }) {
  const cursor = useCursor({
    title: t('streams.title'),
    items: streams,
    keyOf,
    open: { says: t('streams.open_key'), run: (stream) => go(addressOf(stream)) },
  })
  return (
    <table class="table rows">
      <thead>
        <tr>
          <th scope="col">{t('streams.stream')}</th>
          <th scope="col">{t('streams.room')}</th>
          <th scope="col">{t('streams.state')}</th>
          <th scope="col" class="number">{t('streams.viewers')}</th>
          <th scope="col">{t('streams.coverage')}</th>
          <th scope="col" class="number">{t('streams.findings')}</th>
          <th scope="col">{t('streams.restrictions')}</th>
          <th scope="col" class="number">{t('streams.up')}</th>
        </tr>
      </thead>
      <tbody>
        {streams.map((stream) => (
          <tr key={stream.stream} {...cursor.row(stream)} onDblClick={() => go(addressOf(stream))}>
            <td>
              <a class="row-link" href={addressOf(stream)}><Name name={stream.stream} /></a>
            </td>
            <td>
              <a class="link" href={address('room', [stream.room])}><Name name={stream.room} /></a>
            </td>
            <td>
              <StreamState stream={stream} />
            </td>
            <td class="number">{number(stream.viewers)}</td>
            <td>
              {stream.coverage ? (
                <span class="meters">
                  <Meter label={t('streams.speech')} share={stream.coverage.speech} />
                  <Meter label={t('streams.frames')} share={stream.coverage.frames} />
                </span>
              ) : (
                <span class="faint">{t('overview.not_yet')}</span>
              )}
            </td>
            <td class={stream.findings > 0 ? 'number' : 'number faint'}>{number(stream.findings)}</td>
            <td>
              <span class="chips">
                {stream.pending ? <span class="chip bad">{t('streams.cut_waits')} <Countdown until={stream.pending.until} /></span> : null}
                {stream.restrictions.map((one) => <ActionChip key={one.kind} action={one.kind} />)}
              </span>
            </td>
            <td class="number faint">{ago(stream.opened_at, now())}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
