// Changes one's own password; the gateway ends every other session.
import { useState } from 'preact/hooks'
import { explain } from '../api/problem'
import { t } from '../i18n'
import { Button } from '../parts/button'
import { Dialog } from '../parts/dialog'
import { TextField } from '../parts/field'
import { Notice } from '../parts/state'
import { toast } from '../parts/toast'
import { changePassword } from './session'

const LEAST = 12

export function Password({ close }: { close: () => void }) {
  const [old, setOld] = useState('')
  const [fresh, setFresh] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const save = async (): Promise<void> => {
    setBusy(true)
    setProblem(null)
    try {
      await changePassword(old, fresh)
      toast({ text: t('password.done') })
      close()
    } catch (error) {
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog
      title={t('menu.password')}
      close={close}
      keys={[{ key: 'mod+Enter', says: t('password.save'), run: () => void save() }]}
      foot={
        <Button kind="primary" run={() => void save()} off={fresh.length < LEAST || old === ''} busy={busy}>
          {t('password.save')}
        </Button>
      }
    >
      {problem ? <Notice kind="problem">{explain(problem)}</Notice> : null}
      <TextField label={t('password.old')} type="password" autocomplete="current-password" value={old} set={setOld} focus />
      <TextField
        label={t('password.new')}
        type="password"
        autocomplete="new-password"
        value={fresh}
        set={setFresh}
        hint={t('password.hint', { n: LEAST })}
      />
    </Dialog>
  )
}
