// What happened to a case, and what people wrote to each other about it.
import { useRef, useState } from 'preact/hooks'
import { path, post } from '../api/client'
import type { CaseLine, Note } from '../api/shapes'
import { now } from '../frame/clock'
import { may, me } from '../frame/session'
import { say, t } from '../i18n'
import { dateTime, when } from '../i18n/formats'
import { useKeys } from '../keys/use'
import { Button } from '../parts/button'
import { Quoted } from '../parts/quoted'
import { toastProblem } from '../parts/toast'
import { type Told, toldOf } from './told'

export interface NotesProps {
  line: CaseLine
  notes: readonly Note[]
  add: (note: Note) => void
  drop: (id: string) => void
  show: (line: CaseLine) => void
}

export function Notes({ line, notes, add, drop, show }: NotesProps) {
  const [text, setText] = useState('')
  const box = useRef<HTMLTextAreaElement>(null)
  const writes = may('cases.claim')
  useKeys(t('case.notes'), writes ? [{ key: 'n', says: t('case.keys.note'), run: () => box.current?.focus() }] : [])

  // Shown before it is kept; taken out again, with its words back in the box, when it is not.
  const send = (): void => {
    const words = text.trim()
    if (!words) return
    const mine: Note = { id: `own ${crypto.randomUUID()}`, at: now(), kind: 'note', by: me(), to: '', text: words }
    add(mine)
    setText('')
    post<CaseLine>(path('cases', line.id, 'notes'), { text: words }).then(show, (error: unknown) => {
      drop(mine.id)
      setText(words)
      toastProblem(error)
    })
  }

  const all = [...notes].sort((a, b) => a.at - b.at)
  const lastGrowth = all.findLast((note) => note.kind === 'joined')

  return (
    <section class="notes">
      <h2>{t('case.notes')}</h2>
      <ol>
        {all.map((note) => (
          <Line key={note.id} note={note} told={toldOf(note, line, note === lastGrowth)} />
        ))}
      </ol>
      {writes ? (
        <div class="write">
          <textarea
            ref={box}
            class="input"
            rows={2}
            value={text}
            maxLength={4000}
            aria-label={t('case.note')}
            placeholder={`${t('case.note')} (n)`}
            onInput={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send()
            }}
          />
          {text ? (
            <Button small run={send} keys="mod+Enter">
              {t('case.note.send')}
            </Button>
          ) : null}
        </div>
      ) : null}
    </section>
  )
}

function Line({ note, told: { to, says, words } }: { note: Note; told: Told }) {
  return (
    <li class={words ? 'says' : ''}>
      <time title={dateTime(note.at)}>{when(note.at)}</time>
      <span class="did">
        <b>{note.by || t('case.gateway')}</b> {say('note', note.kind)}
        {to ? ` → ${to}` : ''}
        {says ? `: ${says}` : ''}
      </span>
      {words ? <Quoted text={words} most={400} lines={8} /> : null}
    </li>
  )
}
