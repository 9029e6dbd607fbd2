// The rooms that something was said in lately, the busiest first.
import { useState } from 'preact/hooks'
import { path } from '../api/client'
import type { RoomLine, RoomList } from '../api/shapes'
import { useAsked } from '../api/use'
import { now } from '../frame/clock'
import { address, go } from '../frame/route'
import type { ViewProps } from '../frame/views'
import { say, t } from '../i18n'
import { ago, number } from '../i18n/formats'
import { Head } from '../parts/head'
import { Chip } from '../parts/marks'
import { Line, Name } from '../parts/quoted'
import { Empty, Show } from '../parts/state'
import '../styles/views2.css'
import '../styles/rooms.css'
import { useCursor } from './kit/cursor'
import { Find } from './kit/find'
import { usePoll } from './kit/poll'

const ANEW_S = 5

export default function Rooms(_: ViewProps) {
  const asked = useAsked<RoomList>(path('rooms'))
  const [words, setWords] = useState('')
  usePoll(asked.reload, ANEW_S)
  const found = (asked.data?.items ?? []).filter((room) => matches(room, words))
  return (
    <>
      <Head title={t('rooms.title')} beside={asked.data ? number(asked.data.items.length) : null}>
        <Find label={t('rooms.filter')} value={words} set={setWords} />
      </Head>
      <div class="page flush">
        <Show asked={asked}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={t('rooms.empty')}>{t('rooms.empty_help')}</Empty>
            ) : found.length === 0 ? (
              <Empty title={t('rooms.nothing')} />
            ) : (
              <Table rooms={found} />
            )
          }
        </Show>
      </div>
    </>
  )
}

function matches(room: RoomLine, words: string): boolean {
  const asked = words.trim().toLocaleLowerCase()
  return asked === '' || `${room.room} ${room.topic}`.toLocaleLowerCase().includes(asked)
}

const keyOf = (room: RoomLine): string => room.room
const addressOf = (room: RoomLine): string => address('room', [room.room])

function Table({ rooms }: { rooms: RoomLine[] }) {
  const cursor = useCursor({
    title: t('rooms.title'),
    items: rooms,
    keyOf,
    open: { says: t('rooms.open_key'), run: (room) => go(addressOf(room)) },
  })
  return (
    <table class="table rows rooms">
      <thead>
        <tr>
          <th scope="col">{t('rooms.room')}</th>
          <th scope="col" class="number">{t('rooms.messages')}</th>
          <th scope="col" class="number">{t('rooms.restricted')}</th>
          <th scope="col" class="number">{t('rooms.viewers')}</th>
          <th scope="col" class="number">{t('rooms.cases')}</th>
          <th scope="col">{t('rooms.switches')}</th>
          <th scope="col">{t('rooms.streams')}</th>
          <th scope="col" class="number">{t('rooms.latest')}</th>
        </tr>
      </thead>
      <tbody>
        {rooms.map((room) => (
          <tr key={room.room} {...cursor.row(room)} onDblClick={() => go(addressOf(room))}>
            <td>
              <a class="row-link" href={addressOf(room)}>
                <Name name={room.room} />
              </a>
              {room.topic ? <span class="topic"><Line text={room.topic} most={80} /></span> : null}
            </td>
            <td class="number">{number(room.messages)}</td>
            <td class={room.restricted > 0 ? 'number strong' : 'number faint'}>{number(room.restricted)}</td>
            <td class="number">{number(room.viewers)}</td>
            <td class={room.cases > 0 ? 'number strong' : 'number faint'}>{number(room.cases)}</td>
            <td>
              <span class="chips">
                {room.switches.map((name) => <Chip key={name} tone="warn">{say('switch', name)}</Chip>)}
              </span>
            </td>
            <td>
              <span class="chips">
                {room.streams.map((stream) => (
                  <a key={stream} class="link" href={address('stream', [stream])}><Name name={stream} /></a>
                ))}
              </span>
            </td>
            <td class="number faint">{room.latest > 0 ? ago(room.latest, now()) : '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
