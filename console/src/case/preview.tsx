// What a choice would hit, shown before it is confirmed.
import { useEffect, useState } from 'preact/hooks'
import { get, path, withQuery } from '../api/client'
import { explain } from '../api/problem'
import type { Choice, Preview } from '../api/shapes'
import { t } from '../i18n'
import { number } from '../i18n/formats'
import { Button } from '../parts/button'
import { Dialog } from '../parts/dialog'
import { effectText } from '../parts/effects'
import { Line, Name } from '../parts/quoted'
import { Loading, Notice } from '../parts/state'
import { choiceName } from './words'
import '../styles/preview.css'

/** Numbers, effects and a sample of what would be hit. */
export function PreviewBody({ preview }: { preview: Preview }) {
  const numbers = [
    { n: preview.messages, label: t('preview.messages') },
    { n: preview.users, label: t('preview.users') },
    { n: preview.rooms, label: t('preview.rooms') },
    { n: preview.exempt, label: t('preview.exempt') },
  ]
  // Some choices do nothing to anybody: four zeros would not say so.
  const closes = preview.refused === '' && preview.effects.length === 0 && numbers.every(({ n }) => n === 0)
  return (
    <div class="preview">
      {preview.refused ? <Notice kind="problem">{preview.refused}</Notice> : null}
      {closes ? (
        <p>{t('preview.closes')}</p>
      ) : (
        <dl class="numbers">
          {numbers.map(({ n, label }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{number(n)}</dd>
            </div>
          ))}
        </dl>
      )}
      <ul class="effects">
        {preview.effects.map((effect) => (
          <li key={`${effect.kind} ${effect.target} ${effect.for_s}`}>{effectText(effect)}</li>
        ))}
      </ul>
      {preview.sample.length > 0 ? (
        <>
          <h3>{t('preview.sample')}</h3>
          <ul class="sample" tabIndex={0} aria-label={t('preview.sample')}>
            {preview.sample.map((line) => (
              <li key={`${line.event} ${line.rev}`}>
                <b>
                  <Name name={line.name} id={line.user} />
                </b>
                <Line text={line.text} most={160} />
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </div>
  )
}

export interface PreviewProps {
  caseId: string
  choice: Choice
  forS: number | null
  close: () => void
  /** Decide as was shown; what it raises is said here. */
  confirm: (preview: Preview) => Promise<void>
}

export function PreviewDialog({ caseId, choice, forS, close, confirm }: PreviewProps) {
  const [preview, setPreview] = useState<Preview | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    const stop = new AbortController()
    const where = withQuery(path('cases', caseId, 'preview'), { choice: choice.id, for_s: forS })
    setPreview(null)
    get<Preview>(where, { signal: stop.signal }).then(setPreview, (error: unknown) => {
      if (!stop.signal.aborted) setProblem(error)
    })
    return () => stop.abort()
  }, [caseId, choice.id, forS, turn])

  const ready = preview !== null && preview.refused === '' && !busy
  const yes = (): void => {
    if (!preview || !ready) return
    setBusy(true)
    setProblem(null)
    confirm(preview).catch((error: unknown) => {
      // What it would hit may have changed: the numbers are asked for anew, nothing was done.
      setBusy(false)
      setProblem(error)
      setTurn((n) => n + 1)
    })
  }
  return (
    <Dialog
      title={t('preview.title', { choice: choiceName(choice.id) })}
      close={close}
      wide
      keys={[{ key: 'Enter', says: t('preview.confirm'), run: yes }]}
      foot={
        <>
          <Button run={close} keys="Escape">
            {t('preview.cancel')}
          </Button>
          <Button kind={choice.restricts ? 'danger' : 'primary'} run={yes} off={!ready} busy={busy} keys="Enter">
            {choiceName(choice.id)}
          </Button>
        </>
      }
    >
      {problem ? <Notice kind="problem">{explain(problem)}</Notice> : null}
      {preview ? <PreviewBody preview={preview} /> : problem ? null : <Loading />}
    </Dialog>
  )
}
