// A cut that waits for a veto: the countdown, large, and the word that stops it.
import { useState } from 'preact/hooks'
import { path, post } from '../../api/client'
import type { Pending as Shape, StreamShown } from '../../api/shapes'
import { second } from '../../frame/clock'
import { may } from '../../frame/session'
import { t } from '../../i18n'
import { countdown } from '../../i18n/formats'
import { useKeys } from '../../keys/use'
import { Button } from '../../parts/button'
import { Icon } from '../../parts/icon'
import { toast, toastProblem } from '../../parts/toast'

export function Pending({ stream, pending, changed }: { stream: StreamShown; pending: Shape; changed: () => void }) {
  const [busy, setBusy] = useState(false)
  const allowed = may('streams.act')
  const send = (what: 'veto' | 'cut'): void => {
    setBusy(true)
    const asked = what === 'veto' ? post(path('streams', stream.stream, 'veto'), {}) : post(path('streams', stream.stream, 'actions'), { action: 'cut' })
    asked
      .then(() => {
        toast({ text: what === 'veto' ? t('stream.vetoed') : t('stream.done.cut') })
        changed()
      }, toastProblem)
      .finally(() => setBusy(false))
  }
  useKeys(t('stream.pending'), [{ key: 'V', says: t('stream.veto'), run: () => send('veto') }], { off: !allowed })
  return (
    <section class="pending" role="alert">
      <Icon name="warn" />
      <div>
        <p class="hint">{pending.nobody === 'cut' ? t('stream.pending') : t('stream.pending_keep')}</p>
        <p class="left" aria-live="off">{countdown(pending.until - second.value)}</p>
      </div>
      <p class="rule">{t('stream.pending_rule', { rule: pending.rule })}</p>
      {allowed ? (
        <div class="tools">
          <Button run={() => send('veto')} kind="primary" keys="V" busy={busy}>{t('stream.veto')}</Button>
          <Button run={() => send('cut')} kind="danger" busy={busy}>{t('stream.cut_now')}</Button>
        </div>
      ) : null}
    </section>
  )
}
