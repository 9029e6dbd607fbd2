// One case as a row of the queue.
import { memo } from './memo'
import type { CaseLine } from '../api/shapes'
import { caseName } from '../case/words'
import { second } from '../frame/clock'
import { count, say, t } from '../i18n'
import { ago, percent, short } from '../i18n/formats'
import { Countdown } from '../parts/countdown'
import { visible } from '../parts/glyphs'
import { Icon } from '../parts/icon'
import { Chip, Priority, Severity } from '../parts/marks'
import { Line, Name } from '../parts/quoted'
import { spent } from './urgency'

export interface RowProps {
  line: CaseLine
  active: boolean
  chosen: boolean
  /** It does not belong here any more and goes with the next settling. */
  left: boolean
  me: string
  selects: boolean
  open: (id: string) => void
  pick: (id: string, range: boolean) => void
}

/** The element id of a row. */
export function rowId(id: string): string {
  return `case-${id}`
}

/** What a screen reader says of a row, most important first. */
export function spoken(line: CaseLine, now: number): string {
  const words = [
    line.priority.toUpperCase(),
    say('severity', line.severity),
    caseName(line),
    line.members > 1 ? count('queue.members', line.members) : '',
    visible(line.name || line.user),
    line.room ? t('queue.in', { room: visible(line.room) }) : '',
    line.due === null ? '' : t('queue.due_in', { span: ago(now, line.due) }),
    line.claimed_by ? t('queue.claimed_by', { name: line.claimed_by }) : '',
    line.state === 'open' || line.state === 'claimed' ? '' : say('case_state', line.state),
  ]
  return words.filter(Boolean).join(', ')
}

export const Row = memo(function Row(props: RowProps) {
  const { line, active, chosen, left } = props
  const classes = ['case-row', line.severity, active && 'active', chosen && 'chosen', left && 'left'].filter(Boolean).join(' ')
  return (
    <div
      id={rowId(line.id)}
      role="option"
      aria-selected={props.selects ? chosen : active}
      class={classes}
      onClick={(event) => {
        if (event.shiftKey && props.selects) props.pick(line.id, true)
        else props.open(line.id)
      }}
    >
      <span class="unseen">{spoken(line, second.peek())}</span>
      <span class="cells" aria-hidden="true">
        <Spent line={line} />
        {props.selects ? (
          <span
            class="pick"
            onClick={(event) => {
              event.stopPropagation()
              props.pick(line.id, event.shiftKey)
            }}
          >
            {chosen ? <Icon name="check" /> : null}
          </span>
        ) : null}
        <span class="c-priority">
          <Priority priority={line.priority} />
        </span>
        <span class="c-what">
          <Severity severity={line.severity} bare />
          <span class="two">
            <span class="first">{caseName(line)}</span>
            <span class="second">
              {[line.severity && say('severity', line.severity), line.rule || say('about', line.about)].filter(Boolean).join(' · ')}
            </span>
          </span>
        </span>
        <span class="c-who two">
          <span class="first">
            {line.members > 1 && line.users > 1 ? count('target.user', line.users) : <Name name={line.name} id={line.user} />}
          </span>
          <span class="second">
            <Name name={line.room || line.stream} />
            {line.surface && line.surface !== 'chat' ? ` · ${say('surface', line.surface)}` : ''}
          </span>
        </span>
        <span class="c-why">
          <Line text={line.because} />
        </span>
        <span class="c-number faint" title={t('case.fact.score')}>{line.score > 0 ? percent(line.score) : ''}</span>
        <span class="c-number" title={t('queue.col.members')}>
          {line.members > 1 ? <b>{short(line.members)}</b> : <span class="faint">1</span>}
        </span>
        <span class="c-number" title={t('queue.col.viewers')}>
          {line.viewers > 0 ? short(line.viewers) : <span class="faint">–</span>}
        </span>
        <span class="c-queue">{line.queue}</span>
        <span class="c-age" title={t('queue.col.age')}>
          <Age at={line.opened} />
        </span>
        <span class="c-due">{line.due === null ? <span class="faint">–</span> : <Countdown until={line.due} title={outcome(line)} />}</span>
        <Held line={line} me={props.me} left={left} />
      </span>
    </div>
  )
})

function outcome(line: CaseLine): string {
  return t('case.outcome', { outcome: say('nobody', line.nobody) })
}

function Age({ at }: { at: number }) {
  return <>{ago(at, second.value)}</>
}

// The bar fills with the time that has run; its colour is the severity's. Said elsewhere in words.
function Spent({ line }: { line: CaseLine }) {
  const share = spent(line, second.value)
  return (
    <span class="spent" aria-hidden="true">
      <span style={{ height: `${Math.round(Math.max(0.08, share) * 100)}%` }} />
    </span>
  )
}

function Held({ line, me, left }: { line: CaseLine; me: string; left: boolean }) {
  if (left) return <span class="c-held"><Chip>{`${say('case_state', line.state)}${line.decided_by ? ` · ${line.decided_by}` : ''}`}</Chip></span>
  if (line.state === 'escalated' || line.state === 'second') return <span class="c-held"><Chip tone="warn">{say('case_state', line.state)}</Chip></span>
  if (line.claimed_by) {
    return <span class="c-held"><Chip tone={line.claimed_by === me ? 'accent' : 'plain'}>{line.claimed_by === me ? t('queue.you') : line.claimed_by}</Chip></span>
  }
  if (line.assigned) return <span class="c-held faint">{t('queue.for', { name: line.assigned === me ? t('queue.you') : line.assigned })}</span>
  return <span class="c-held faint">{line.sealed ? <Icon name="lock" /> : null}</span>
}
