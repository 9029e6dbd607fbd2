// The room's chat with its verdicts as one timeline: follows the newest until one scrolls or stops it.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { ContextLine } from '../../api/shapes'
import { may } from '../../frame/session'
import { count, t } from '../../i18n'
import { useKeys } from '../../keys/use'
import { useHeard } from '../../live/use'
import { Button } from '../../parts/button'
import { Empty, Notice } from '../../parts/state'
import { Find } from '../kit/find'
import { Segments } from '../kit/segments'
import { useActs } from './acts'
import { Banning } from './banning'
import { Row } from './row'
import { Scroller } from './scroller'
import { filtered, merge, MOST, MOST_PAUSED, type Show } from './timeline'

export interface ChatProps {
  room: string
  /** What was said last when the room was asked for. */
  start: ContextLine[]
  /** A filter to begin with. */
  words: string
}

export function Chat({ room, start, words: first }: ChatProps) {
  const [lines, setLines] = useState<ContextLine[]>([])
  const [follows, setFollows] = useState(true)
  const [fresh, setFresh] = useState(0)
  const [skipped, setSkipped] = useState(0)
  const [show, setShow] = useState<Show>('all')
  const [words, setWords] = useState(first)
  const [chosen, setChosen] = useState<string | null>(null)
  const [menu, setMenu] = useState<string | null>(null)
  const sees = may('evidence.view')
  const following = useRef(true)
  following.current = follows

  const take = (items: ContextLine[], counts: boolean): void => {
    setLines((old) => {
      const merged = merge(old, items, following.current ? MOST : MOST_PAUSED)
      if (counts && !following.current) setFresh((n) => n + merged.fresh)
      return merged.lines
    })
  }
  useEffect(() => take(start, false), [start])
  useHeard('messages', (told) => {
    if (told.room !== room) return
    take(told.items, true)
    if (told.skipped > 0) setSkipped((n) => n + told.skipped)
  })
  const shown = useMemo(() => filtered(lines, show, words), [lines, show, words])
  const line = shown.find((each) => each.event === chosen) ?? null
  const follow = (on: boolean): void => {
    setFollows(on)
    if (on) {
      setFresh(0)
      setChosen(null)
    }
  }
  const acts = useActs(room, (event, action) =>
    setLines((old) => old.map((each) => (each.event === event ? { ...each, action } : each))),
  )
  const step = (by: number): void => {
    const at = shown.findIndex((each) => each.event === chosen)
    const next = shown[at < 0 ? shown.length - 1 : Math.min(Math.max(at + by, 0), shown.length - 1)]
    setFollows(false)
    if (next) setChosen(next.event)
  }
  useKeys(t('room.chat'), [
    { key: 'j', says: t('v2.next_row'), run: () => step(1) },
    { key: 'k', says: t('v2.previous_row'), run: () => step(-1) },
    { key: 'ArrowDown', says: t('v2.next_row'), run: () => step(1), hidden: true },
    { key: 'ArrowUp', says: t('v2.previous_row'), run: () => step(-1), hidden: true },
    { key: 'p', says: follows ? t('room.pause') : t('room.resume'), run: () => follow(!follows) },
    { key: 'f', says: t('room.show_restricted'), run: () => setShow(show === 'all' ? 'restricted' : 'all') },
    ...(line ? [{ key: 'Enter', says: t('v2.actions'), run: () => setMenu(line.event) }, ...acts.keys(line)] : []),
  ])
  return (
    <section class="chat" aria-label={t('room.chat')}>
      <div class="bar-line">
        <Segments
          label={t('v2.filter')}
          value={show}
          set={setShow}
          options={[
            { value: 'all', label: t('room.show_all') },
            { value: 'restricted', label: t('room.show_restricted') },
          ]}
        />
        <Find label={t('room.find')} value={words} set={setWords} />
        <span class="push" />
        <Button run={() => follow(!follows)} keys="p" pressed={!follows} small>
          {follows ? t('room.pause') : t('room.resume')}
        </Button>
      </div>
      {skipped > 0 ? <Notice kind="warn">{count('room.skipped', skipped)}</Notice> : null}
      {lines.length === 0 ? (
        <Empty title={t(sees ? 'room.empty' : 'room.unseen')}>{sees ? t('room.empty_help') : null}</Empty>
      ) : shown.length === 0 ? (
        <Empty title={t('room.nothing')} />
      ) : (
        <Scroller lines={shown} follows={follows} setFollows={follow} chosen={chosen} label={t('room.chat')}>
          {(each) => (
            <Row
              line={each}
              at={each.event === chosen}
              choose={() => {
                setFollows(false)
                setChosen(each.event)
              }}
              deeds={acts.deeds(each)}
              menu={menu === each.event}
              setMenu={(open) => setMenu(open ? each.event : null)}
            />
          )}
        </Scroller>
      )}
      {!follows && fresh > 0 ? (
        <div class="new-lines">
          <Button run={() => follow(true)} kind="primary" small keys="p">
            {count('room.new', fresh)}
          </Button>
        </div>
      ) : null}
      {acts.banning ? <Banning acts={acts} /> : null}
    </section>
  )
}
