// The queue as a narrow strip beside a case: what comes next, and where one is.
import { useEffect } from 'preact/hooks'
import type { CaseLine } from '../api/shapes'
import { address, go } from '../frame/route'
import { me } from '../frame/session'
import { say, t } from '../i18n'
import { Countdown } from '../parts/countdown'
import { Icon } from '../parts/icon'
import { Priority, Severity } from '../parts/marks'
import { Name } from '../parts/quoted'
import { Virtual } from '../parts/virtual'
import { spoken } from '../queue/row'
import { queueAt } from '../queue/filters'
import { board, cursor, filter, filters, hover, more, rows, start } from '../queue/store'
import { now } from '../frame/clock'
import { caseName } from './words'

const ROW = 46

export function Strip({ id }: { id: string }) {
  useEffect(() => {
    start()
    if (!board.peek().loaded) filter(filters.peek())
  }, [])
  useEffect(() => {
    cursor.value = id
  }, [id])
  return (
    <div class="strip">
      <header>
        <a href={queueAt(filters.value)}>
          <Icon name="left" />
          {t('nav.queue')}
        </a>
      </header>
      <Virtual items={rows.value} row={ROW} keyOf={(line) => line.id} at={id} label={t('nav.queue')} more={more} hover={hover} idOf={(line) => `strip-${line.id}`}>
        {(line) => <Entry line={line} here={line.id === id} left={board.value.left.has(line.id)} />}
      </Virtual>
    </div>
  )
}

function Entry({ line, here, left }: { line: CaseLine; here: boolean; left: boolean }) {
  const other = line.claimed_by !== '' && line.claimed_by !== me()
  return (
    <div
      id={`strip-${line.id}`}
      role="option"
      aria-selected={here}
      class={`strip-row ${line.severity}${here ? ' active' : ''}${left || other ? ' left' : ''}`}
      onClick={() => go(address('case', [line.id]))}
    >
      <span class="unseen">{spoken(line, now())}</span>
      <span class="first" aria-hidden="true">
        <Severity severity={line.severity} bare />
        <span class="what">{caseName(line)}</span>
        <Priority priority={line.priority} />
      </span>
      <span class="second" aria-hidden="true">
        <Name name={line.name} id={line.user || line.room} />
        {left ? say('case_state', line.state) : other ? line.claimed_by : line.due === null ? '' : <Countdown until={line.due} />}
      </span>
    </div>
  )
}
