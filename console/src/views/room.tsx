// One room: what is said with its verdicts, live, and a hand on it.
import { path } from '../api/client'
import { Problem } from '../api/problem'
import type { RoomLine, RoomList, RoomShown } from '../api/shapes'
import { useAsked } from '../api/use'
import { address } from '../frame/route'
import { may } from '../frame/session'
import type { ViewProps } from '../frame/views'
import { t } from '../i18n'
import { number } from '../i18n/formats'
import { useHeard, useTopic } from '../live/use'
import { Link } from '../parts/button'
import { Head } from '../parts/head'
import { Line, Name } from '../parts/quoted'
import { Empty, Show } from '../parts/state'
import '../styles/views2.css'
import '../styles/room.css'
import { usePoll } from './kit/poll'
import { Chat } from './room/chat'
import { Switches } from './room/switches'

const ANEW_S = 5

export default function Room({ parts, query }: ViewProps) {
  const room = parts[0] ?? ''
  // Keyed: another room is another view, with nothing of the former in it.
  return <One key={room} room={room} user={query['user'] ?? ''} />
}

function One({ room, user }: { room: string; user: string }) {
  const asked = useAsked<RoomShown>(path('rooms', room))
  useTopic(may('evidence.view') ? `room:${room}` : null)
  useHeard('switches', (told) => {
    if (told.room === room) asked.set((old) => old && { ...old, switches: told.items })
  })
  // Each look at a room is written down; its numbers are asked of the list of rooms, which is not.
  const rooms = useAsked<RoomList>(path('rooms'))
  usePoll(rooms.reload, ANEW_S)
  const gone = asked.data === null && asked.problem instanceof Problem && asked.problem.status === 404
  const line = rooms.data?.items.find((each) => each.room === room) ?? asked.data?.line
  return (
    <>
      <Head title={<Name name={room} />} beside={line?.topic ? <Line text={line.topic} most={80} /> : null}>
        {may('rooms.nuke') ? <Link to={address('nuke', [], { room })}>{t('room.nuke')}</Link> : null}
        <Link to={address('rooms')}>{t('room.to_list')}</Link>
      </Head>
      {gone ? (
        <Empty title={t('room.unknown')}>{t('room.unknown_help')}</Empty>
      ) : (
        <Show asked={asked}>
          {(shown) => (
            <div class="room">
              <Chat room={room} start={shown.messages} words={user} />
              <aside class="rail" aria-label={t('v2.actions')}>
                <Numbers line={line ?? shown.line} />
                <Switches
                  room={room}
                  switches={shown.switches}
                  changed={(one) =>
                    asked.set((old) => old && { ...old, switches: old.switches.map((each) => (each.name === one.name ? one : each)) })
                  }
                />
                <Streams streams={(line ?? shown.line).streams} />
              </aside>
            </div>
          )}
        </Show>
      )}
    </>
  )
}

function Numbers({ line }: { line: RoomLine }) {
  return (
    <dl class="numbers">
      <div><dt>{t('room.viewers')}</dt><dd>{number(line.viewers)}</dd></div>
      <div><dt>{t('room.rate')}</dt><dd>{number(line.messages)}</dd></div>
      <div><dt>{t('room.restricted_rate')}</dt><dd>{number(line.restricted)}</dd></div>
      <div>
        <dt>{t('room.open_cases')}</dt>
        <dd>{line.cases > 0 ? <Link to={address('queue', [], { room: line.room })}>{number(line.cases)}</Link> : 0}</dd>
      </div>
    </dl>
  )
}

function Streams({ streams }: { streams: string[] }) {
  if (streams.length === 0) return null
  return (
    <section class="panel">
      <h2>{t('room.streams')}</h2>
      <ul class="plain-list">
        {streams.map((stream) => (
          <li key={stream}><a class="link" href={address('stream', [stream])}><Name name={stream} /></a></li>
        ))}
      </ul>
    </section>
  )
}
