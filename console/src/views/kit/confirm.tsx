// Asks before something is taken from somebody; Ctrl Enter says yes.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { explain } from '../../api/problem'
import { t } from '../../i18n'
import { Button } from '../../parts/button'
import { Dialog } from '../../parts/dialog'
import { TextField } from '../../parts/field'
import { Notice } from '../../parts/state'

export interface ConfirmProps {
  title: string
  yes: string
  close: () => void
  /** Does it; what it raises is shown, and the dialog stays. */
  run: (reason: string) => Promise<void>
  children?: ComponentChildren
  /** Ask for a reason. */
  reason?: boolean
  danger?: boolean
}

export function Confirm({ title, yes, close, run, children, reason = false, danger = true }: ConfirmProps) {
  const [words, setWords] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const start = (): void => {
    if (busy) return
    setBusy(true)
    run(words.trim()).then(close, (error: unknown) => {
      setProblem(error)
      setBusy(false)
    })
  }
  return (
    <Dialog
      title={title}
      close={close}
      keys={[{ key: 'mod+Enter', says: yes, run: start }]}
      foot={
        <>
          <Button run={close} kind="quiet">{t('v2.cancel')}</Button>
          <Button run={start} kind={danger ? 'danger' : 'primary'} busy={busy} keys="mod+Enter">
            {yes}
          </Button>
        </>
      }
    >
      {children}
      {reason ? (
        <TextField label={t('v2.reason')} hint={t('v2.reason_hint')} value={words} set={setWords} most={500} focus />
      ) : null}
      {problem ? <Notice kind="problem">{explain(problem)}</Notice> : null}
    </Dialog>
  )
}
