// One choice for many cases: what it would hit is shown before it is confirmed, and it can be taken back.
import { useEffect, useState } from 'preact/hooks'
import { path, post } from '../api/client'
import { explain } from '../api/problem'
import type { BulkPreview, CaseLine, DecisionShown } from '../api/shapes'
import { PreviewBody } from '../case/preview'
import { choiceName } from '../case/words'
import { count, t } from '../i18n'
import { Button } from '../parts/button'
import { Dialog } from '../parts/dialog'
import { AreaField, SelectField } from '../parts/field'
import { Loading, Notice } from '../parts/state'
import { toast, toastProblem } from '../parts/toast'
import { undoAll } from '../case/undo'

// Which choices there may be, by what a case is about. What does not fit a single case is skipped, and the preview says so.
const CHOICES: Record<CaseLine['about'], string[]> = {
  hold: ['approve', 'deny', 'deny_mute', 'deny_ban'],
  verdict: ['uphold', 'revert', 'dismiss', 'remove', 'mute', 'warn', 'ban'],
  report: ['dismiss', 'remove', 'mute', 'ban'],
  command: ['acknowledge'],
  gateway: ['acknowledge'],
}

/** The choices that fit at least one of the cases. */
export function choicesOf(lines: readonly CaseLine[]): string[] {
  return [...new Set(lines.flatMap((line) => CHOICES[line.about]))]
}

export function Bulk({ lines, close, done }: { lines: readonly CaseLine[]; close: () => void; done: () => void }) {
  const choices = choicesOf(lines)
  const [choice, setChoice] = useState(choices[0] ?? 'dismiss')
  const [reason, setReason] = useState('')
  const [preview, setPreview] = useState<BulkPreview | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const cases = lines.map((line) => line.id)

  useEffect(() => {
    const stop = new AbortController()
    setPreview(null)
    setProblem(null)
    post<BulkPreview>(path('cases', 'bulk', 'preview'), { cases, choice }, { signal: stop.signal }).then(setPreview, (error: unknown) => {
      if (!stop.signal.aborted) setProblem(error)
    })
    return () => stop.abort()
  }, [choice])

  const ready = preview !== null && preview.preview.refused === '' && preview.cases > 0
  const decide = async (): Promise<void> => {
    if (!preview || !ready || busy) return
    setBusy(true)
    try {
      const made = await post<{ items: DecisionShown[] }>(path('cases', 'bulk'), { cases, choice, preview: preview.token, reason }, { deadlineMs: 60_000 })
      const fresh = made.items.filter((one) => one.fresh).map((one) => one.decision.id)
      const back = (): void => void undoAll(fresh).catch(toastProblem)
      toast({ text: count('bulk.done', fresh.length, { choice: choiceName(choice) }), forS: 10, action: { label: t('case.undo'), key: 'u', run: back } })
      done()
    } catch (error) {
      setProblem(error)
      setBusy(false)
    }
  }

  return (
    <Dialog
      title={count('bulk.title', lines.length)}
      close={close}
      wide
      keys={[{ key: 'mod+Enter', says: t('bulk.confirm'), run: () => void decide() }]}
      foot={
        <>
          <Button run={close}>{t('preview.cancel')}</Button>
          <Button kind="primary" run={() => void decide()} off={!ready} busy={busy} keys="mod+Enter">
            {preview ? count('bulk.decide', preview.cases) : t('bulk.confirm')}
          </Button>
        </>
      }
    >
      <SelectField label={t('bulk.choice')} value={choice} set={setChoice} options={choices.map((value) => ({ value, label: choiceName(value) }))} />
      {problem ? <Notice kind="problem">{explain(problem)}</Notice> : preview ? <Shown preview={preview} /> : <Loading />}
      <AreaField label={t('case.reason')} value={reason} set={setReason} most={500} />
    </Dialog>
  )
}

function Shown({ preview }: { preview: BulkPreview }) {
  const skipped = Object.entries(preview.skipped)
  const whys = [...new Set(skipped.map(([, why]) => why))]
  return (
    <>
      <PreviewBody preview={preview.preview} />
      {skipped.length > 0 ? (
        <Notice kind="warn">
          {count('bulk.skipped', skipped.length)} {whys.join('; ')}
        </Notice>
      ) : null}
    </>
  )
}
