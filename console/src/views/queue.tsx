// The queue: every open case by urgency, live, worked through by keyboard.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { CaseLine } from '../api/shapes'
import { address, go } from '../frame/route'
import { may, me } from '../frame/session'
import type { ViewProps } from '../frame/views'
import { count, t } from '../i18n'
import { number } from '../i18n/formats'
import { useKeys } from '../keys/use'
import { Button } from '../parts/button'
import { Head } from '../parts/head'
import { Empty, Failed, Loading } from '../parts/state'
import { Virtual } from '../parts/virtual'
import { Bar } from '../queue/bar'
import { Bulk } from '../queue/bulk'
import { claimOrRelease } from '../queue/claiming'
import { filtersOf, isFiltered } from '../queue/filters'
import { Row, rowId } from '../queue/row'
import { board, cursor, filter, filters, fresh, hover, loading, more, problem, reload, rows, selected, settle, start, touch } from '../queue/store'
import { stepped } from '../queue/walk'
import { second } from '../frame/clock'
import '../styles/queue.css'

const ROW = 44
const open = (id: string): void => {
  cursor.value = id
  go(address('case', [id]))
}

export function ahead(query: ViewProps['query']): void {
  start()
  filter(filtersOf(query))
}

export default function Queue({ query }: ViewProps) {
  const box = useRef<HTMLDivElement>(null)
  const [bulk, setBulk] = useState(false)
  const last = useRef<string | null>(null)
  const key = JSON.stringify(query)
  useEffect(() => ahead(query), [key])
  useEffect(() => box.current?.focus({ preventScroll: true }), [board.value.loaded])

  const shown = rows.value
  const picks = may('cases.bulk')
  // Where the cursor is now, not where it was drawn: the next key may come before the next frame.
  const onLine = (run: (line: CaseLine) => void, none: () => void = () => undefined): void => {
    const line = board.peek().lines.get(cursor.peek() ?? '')
    if (line) run(line)
    else none()
  }

  const step = (by: number): void => {
    touch()
    cursor.value = stepped(rows.peek(), cursor.peek(), by)
  }
  const pick = useCallback((id: string, range: boolean): void => {
    touch()
    const picked = new Set(selected.peek())
    const ids = rows.peek().map((one) => one.id)
    const from = range && last.current ? ids.indexOf(last.current) : -1
    const to = ids.indexOf(id)
    if (from >= 0 && to >= 0) for (const one of ids.slice(Math.min(from, to), Math.max(from, to) + 1)) picked.add(one)
    else if (picked.has(id)) picked.delete(id)
    else picked.add(id)
    last.current = id
    cursor.value = id
    selected.value = picked
  }, [])

  useKeys(t('nav.queue'), [
    { key: 'j', says: t('queue.keys.down'), run: () => step(1) },
    { key: 'k', says: t('queue.keys.up'), run: () => step(-1) },
    { key: 'ArrowDown', says: '', hidden: true, run: () => step(1) },
    { key: 'ArrowUp', says: '', hidden: true, run: () => step(-1) },
    { key: 'PageDown', says: '', hidden: true, run: () => step(Math.floor((box.current?.clientHeight ?? 440) / ROW)) },
    { key: 'PageUp', says: '', hidden: true, run: () => step(-Math.floor((box.current?.clientHeight ?? 440) / ROW)) },
    { key: 'Home', says: '', hidden: true, run: () => step(-1e6) },
    { key: 'End', says: '', hidden: true, run: () => step(1e6) },
    { key: 'Enter', says: t('queue.keys.open'), run: () => onLine((line) => open(line.id), () => step(0)) },
    ...(may('cases.claim') ? [{ key: 'c', says: t('queue.keys.claim'), run: () => onLine((line) => void claimOrRelease(line)) }] : []),
    ...(picks
      ? [
          { key: 'x', says: t('queue.keys.select'), run: () => onLine((line) => pick(line.id, false)) },
          { key: 'X', says: t('queue.keys.select_to'), run: () => onLine((line) => pick(line.id, true)) },
          { key: 'b', says: t('queue.keys.bulk'), run: () => setBulk(selected.peek().size > 0) },
        ]
      : []),
    { key: '.', says: t('queue.keys.settle'), run: settle },
    { key: 'Escape', says: t('queue.keys.unselect'), run: () => (selected.value = new Set()) },
  ])

  return (
    <div class="queue-view">
      <Head title={t('nav.queue')} beside={<Counted />}>
        <Fresh />
      </Head>
      <Bar filters={filters.value} />
      <Columns picks={picks} />
      {problem.value && shown.length === 0 ? (
        <Failed problem={problem.value} again={() => void reload()} />
      ) : !board.value.loaded ? (
        <Loading />
      ) : shown.length === 0 ? (
        <Empty title={isFiltered(filters.value) ? t('queue.none_filtered') : t('queue.none')}>{isFiltered(filters.value) ? '' : t('queue.none.says')}</Empty>
      ) : (
        <Virtual
          box={box}
          items={shown}
          row={ROW}
          keyOf={(one) => one.id}
          at={cursor.value}
          label={t('nav.queue')}
          multi={picks}
          idOf={(one) => rowId(one.id)}
          more={more}
          hover={hover}
        >
          {(one) => (
            <Row
              line={one}
              active={one.id === cursor.value}
              chosen={selected.value.has(one.id)}
              left={board.value.left.has(one.id)}
              me={me()}
              selects={picks}
              open={open}
              pick={pick}
            />
          )}
        </Virtual>
      )}
      {selected.value.size > 0 ? <Picked decide={() => setBulk(true)} /> : null}
      {bulk ? <Bulk lines={chosenLines()} close={() => setBulk(false)} done={() => { setBulk(false); selected.value = new Set() }} /> : null}
    </div>
  )
}

function chosenLines() {
  const { lines } = board.peek()
  return [...selected.peek()].flatMap((id) => lines.get(id) ?? [])
}

function Counted() {
  const n = rows.value.length
  return <span role="status">{board.value.next === null ? count('queue.count', n) : t('queue.count_more', { n: number(n) })}{loading.value ? ' …' : ''}</span>
}

// New cases are announced at most every few seconds, however many come.
function Fresh() {
  const n = fresh.value
  const calm = Math.floor(second.value / 5)
  const [said, setSaid] = useState('')
  useEffect(() => setSaid(n > 0 ? count('queue.fresh', n) : ''), [calm])
  return (
    <>
      <span class="unseen" role="status">{said}</span>
      {n > 0 ? (
        <Button small kind="quiet" run={settle} keys=".">
          {count('queue.fresh', n)}
        </Button>
      ) : null}
    </>
  )
}

function Columns({ picks }: { picks: boolean }) {
  return (
    <div class="case-row columns" aria-hidden="true">
      <div class="cells">
      <span class="spent" />
      {picks ? <span class="pick" /> : null}
      <span class="c-priority" />
      <span class="c-what">{t('queue.col.what')}</span>
      <span class="c-who">{t('queue.col.who')}</span>
      <span class="c-why">{t('queue.col.why')}</span>
      <span class="c-number">{t('queue.col.score')}</span>
      <span class="c-number">{t('queue.col.members')}</span>
      <span class="c-number">{t('queue.col.viewers')}</span>
      <span class="c-queue">{t('queue.col.queue')}</span>
      <span class="c-age">{t('queue.col.age')}</span>
      <span class="c-due">{t('queue.col.due')}</span>
      <span class="c-held">{t('queue.col.held')}</span>
      </div>
    </div>
  )
}

function Picked({ decide }: { decide: () => void }) {
  return (
    <div class="picked" role="region" aria-label={t('queue.picked')}>
      <span role="status">{count('queue.selected', selected.value.size)}</span>
      <Button kind="primary" run={decide} keys="b">
        {t('queue.decide')}
      </Button>
      <Button kind="quiet" run={() => (selected.value = new Set())} keys="Escape">
        {t('queue.unselect')}
      </Button>
    </div>
  )
}
