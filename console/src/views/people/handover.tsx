// A first password and an authenticator's address: shown once, as text, until somebody says they handed it over.
import { useState } from 'preact/hooks'
import type { ModeratorMade } from '../../api/shapes'
import { t } from '../../i18n'
import { Button } from '../../parts/button'
import { Dialog } from '../../parts/dialog'
import { Notice } from '../../parts/state'
import { toast } from '../../parts/toast'

export function Handover({ made, close }: { made: ModeratorMade; close: () => void }) {
  // Escape by habit would lose it for good: the first only asks.
  const [asked, setAsked] = useState(false)
  return (
    <Dialog
      title={t('people.once_title')}
      close={() => (asked ? close() : setAsked(true))}
      foot={<Button run={close} kind="primary">{t('people.once_done')}</Button>}
    >
      <Notice kind="warn">{t('people.once_help', { name: made.moderator.name })}</Notice>
      {asked ? <Notice kind="problem">{t('people.once_sure')}</Notice> : null}
      {made.password ? <Secret label={t('people.once_password')} value={made.password} /> : null}
      {made.otpauth ? <Secret label={t('people.once_otpauth')} value={made.otpauth} /> : null}
    </Dialog>
  )
}

function Secret({ label, value }: { label: string; value: string }) {
  const copy = (): void => {
    // Without the right to the clipboard the text can still be marked and copied by hand.
    navigator.clipboard.writeText(value).then(
      () => toast({ text: t('v2.copied') }),
      () => toast({ text: t('people.copy_by_hand'), kind: 'news' }),
    )
  }
  return (
    <div class="secret">
      <span class="secret-label">{label}</span>
      <code>{value}</code>
      <Button run={copy} small label={`${t('v2.copy')}: ${label}`}>{t('v2.copy')}</Button>
    </div>
  )
}
