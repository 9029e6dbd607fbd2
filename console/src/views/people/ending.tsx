// What ends somebody's sessions: a new password, another second factor, disabling. Each asks first.
import { useState } from 'preact/hooks'
import { patch, path } from '../../api/client'
import type { ModeratorChange, ModeratorMade, ModeratorShown } from '../../api/shapes'
import { me } from '../../frame/session'
import { t } from '../../i18n'
import { Button } from '../../parts/button'
import { toast, toastProblem } from '../../parts/toast'
import { Confirm } from '../kit/confirm'

type Deed = 'reset' | 'totp' | 'drop' | 'disable'

export function Ending({ stands, done }: { stands: ModeratorShown; done: (made: ModeratorMade) => void }) {
  const [asks, setAsks] = useState<Deed | null>(null)
  const [busy, setBusy] = useState(false)
  const name = stands.name
  const send = async (change: ModeratorChange): Promise<void> => {
    const made = await patch<ModeratorMade>(path('moderators', name), change, { version: stands.version })
    if (change.disabled !== undefined) toast({ text: t(change.disabled ? 'people.disabled_told' : 'people.enabled_told', { name }) })
    done(made)
  }
  const enable = (): void => {
    setBusy(true)
    send({ disabled: false })
      .catch(toastProblem)
      .finally(() => setBusy(false))
  }
  const deeds: Record<Deed, { title: string; help: string; yes: string; change: ModeratorChange }> = {
    reset: { title: t('people.reset_title', { name }), help: t('people.reset_help'), yes: t('people.reset'), change: { reset: true } },
    totp: { title: t('people.totp_title', { name }), help: t('people.totp_help'), yes: t('people.totp_new'), change: { totp: true } },
    drop: { title: t('people.drop_title', { name }), help: t('people.drop_help'), yes: t('people.totp_drop'), change: { totp: false } },
    disable: { title: t('people.disable_title', { name }), help: t('people.disable_help'), yes: t('people.disable'), change: { disabled: true } },
  }
  const deed = asks === null ? null : deeds[asks]
  return (
    <section class="ending" aria-label={t('people.sessions')}>
      <h3>{t('people.sessions')}</h3>
      <div class="deeds">
        <Button run={() => setAsks('reset')} small>{t('people.reset')}</Button>
        <Button run={() => setAsks('totp')} small>{t('people.totp_new')}</Button>
        {stands.totp ? <Button run={() => setAsks('drop')} small>{t('people.totp_drop')}</Button> : null}
        {stands.disabled !== null ? (
          <Button run={enable} small busy={busy}>{t('people.enable')}</Button>
        ) : (
          <Button run={() => setAsks('disable')} small kind="danger" off={name === me()} {...(name === me() ? { title: t('people.not_self') } : {})}>{t('people.disable')}</Button>
        )}
      </div>
      {deed ? (
        <Confirm title={deed.title} yes={deed.yes} close={() => setAsks(null)} run={() => send(deed.change)}>
          <p>{deed.help}</p>
        </Confirm>
      ) : null}
    </section>
  )
}
