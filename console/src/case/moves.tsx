// Giving a case to somebody else: escalate, hand over, assign, ask for a second opinion.
import { useState } from 'preact/hooks'
import { path, post } from '../api/client'
import { explain } from '../api/problem'
import type { CaseLine, Choice } from '../api/shapes'
import { queues } from '../frame/counts'
import { may, me } from '../frame/session'
import { t, type Key } from '../i18n'
import { useKeys } from '../keys/use'
import { Button } from '../parts/button'
import { Dialog } from '../parts/dialog'
import { AreaField, SelectField, TextField } from '../parts/field'
import { Notice } from '../parts/state'
import { claimOrRelease } from '../queue/claiming'
import { choiceName } from './words'

type Move = 'escalate' | 'handover' | 'assign' | 'second'

const TITLES: Record<Move, Key> = {
  escalate: 'move.escalate', handover: 'move.handover', assign: 'move.assign', second: 'move.second',
}
const KEYS: Record<Move, string> = { escalate: 'e', handover: 't', assign: 's', second: 'o' }

export interface MovesProps {
  line: CaseLine
  choices: readonly Choice[]
  show: (line: CaseLine) => void
  /** The case has gone to somebody else: on to the next. */
  gone: () => void
}

export function Moves({ line, choices, show, gone }: MovesProps) {
  const [move, setMove] = useState<Move | null>(null)
  const works = may('cases.claim')
  const mine = line.claimed_by === me()
  const moves: Move[] = [
    ...(works ? (['escalate', 'second'] as const) : []),
    ...(works && mine ? (['handover'] as const) : []),
    ...(may('cases.assign') ? (['assign'] as const) : []),
  ]
  const claim = (): void => void claimOrRelease(line, show)
  useKeys(t('case.moves'), [
    ...(works ? [{ key: 'c', says: mine ? t('case.release') : t('case.claim'), run: claim }] : []),
    ...moves.map((one) => ({ key: KEYS[one], says: t(TITLES[one]), run: () => setMove(one) })),
  ])
  if (!works && moves.length === 0) return null
  return (
    <div class="moves">
      {works ? (
        <Button small run={claim} keys="c" pressed={mine} off={line.claimed_by !== '' && !mine}>
          {mine ? t('case.release') : t('case.claim')}
        </Button>
      ) : null}
      {moves.map((one) => (
        <Button key={one} small kind="quiet" run={() => setMove(one)} keys={KEYS[one]}>
          {t(TITLES[one])}
        </Button>
      ))}
      {move ? (
        <MoveDialog
          move={move}
          line={line}
          choices={choices}
          close={() => setMove(null)}
          done={(fresh) => {
            setMove(null)
            show(fresh)
            if (move === 'escalate' || move === 'handover') gone()
          }}
        />
      ) : null}
    </div>
  )
}

interface DialogProps {
  move: Move
  line: CaseLine
  choices: readonly Choice[]
  close: () => void
  done: (line: CaseLine) => void
}

function MoveDialog({ move, line, choices, close, done }: DialogProps) {
  const [text, setText] = useState('')
  const [to, setTo] = useState('')
  const [queue, setQueue] = useState('')
  const [choice, setChoice] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const whole: Record<Move, boolean> = {
    escalate: text.trim() !== '', handover: to.trim() !== '', assign: true, second: text.trim() !== '',
  }
  const bodies: Record<Move, () => object> = {
    escalate: () => ({ reason: text.trim(), queue: queue || null }),
    handover: () => ({ to: to.trim(), text: text.trim() }),
    assign: () => ({ to: to.trim() || null }),
    second: () => ({ question: text.trim(), choice }),
  }
  const send = async (): Promise<void> => {
    if (!whole[move] || busy) return
    setBusy(true)
    setProblem(null)
    try {
      done(await post<CaseLine>(path('cases', line.id, move), bodies[move]()))
    } catch (error) {
      setProblem(error)
      setBusy(false)
    }
  }
  const says: Record<Move, Key> = {
    escalate: 'move.reason', handover: 'move.word', assign: 'move.word', second: 'move.question',
  }
  return (
    <Dialog
      title={t(TITLES[move])}
      close={close}
      keys={[{ key: 'mod+Enter', says: t(TITLES[move]), run: () => void send() }]}
      foot={
        <Button kind="primary" run={() => void send()} off={!whole[move]} busy={busy} keys="mod+Enter">
          {t(TITLES[move])}
        </Button>
      }
    >
      {problem ? <Notice kind="problem">{explain(problem)}</Notice> : null}
      {move === 'handover' || move === 'assign' ? (
        <TextField label={t('move.to')} value={to} set={setTo} focus {...(move === 'assign' ? { hint: t('move.to.nobody') } : {})} />
      ) : null}
      {move === 'assign' ? null : <AreaField label={t(says[move])} value={text} set={setText} rows={3} most={move === 'handover' ? 500 : 4000} focus={move !== 'handover'} />}
      {move === 'escalate' ? (
        <SelectField
          label={t('queue.col.queue')}
          value={queue}
          set={setQueue}
          options={[{ value: '', label: t('move.same_queue', { queue: line.queue }) }, ...queues.value.filter((one) => one.queue !== line.queue).map((one) => ({ value: one.queue, label: one.queue }))]}
        />
      ) : null}
      {move === 'second' ? (
        <SelectField
          label={t('move.own_view')}
          hint={t('move.own_view.hint')}
          value={choice}
          set={setChoice}
          options={[{ value: '', label: t('move.no_view') }, ...choices.map((one) => ({ value: one.id, label: choiceName(one.id) }))]}
        />
      ) : null}
    </Dialog>
  )
}
