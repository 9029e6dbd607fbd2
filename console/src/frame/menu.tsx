// The moderator's menu: how the console looks and sounds, how evidence opens, the password, the way out.
import { signal } from '@preact/signals'
import type { SessionShown, Settings } from '../api/shapes'
import { t } from '../i18n'
import { useKeys } from '../keys/use'
import { Button } from '../parts/button'
import { Dialog } from '../parts/dialog'
import { CheckField, SelectField } from '../parts/field'
import { Icon } from '../parts/icon'
import { toastProblem } from '../parts/toast'
import { Password } from './password'
import { changeSettings, settings, signOut } from './session'

const open = signal<'no' | 'menu' | 'password'>('no')

export function Menu({ session }: { session: SessionShown }) {
  return (
    <button type="button" class="mapped" onClick={() => (open.value = 'menu')} aria-haspopup="dialog">
      <Icon name="user" />
      <span>
        <bdi>{session.name}</bdi>
      </span>
      <span class="roles">{session.roles.map((role) => t(`role.${role}`)).join(', ')}</span>
    </button>
  )
}

/** What the menu opens; it stands beside the navigation, not in it. */
export function MenuDialogs() {
  useKeys(t('menu.title'), [{ key: 'g ,', says: t('menu.title'), run: () => (open.value = 'menu') }])
  const close = (): void => {
    open.value = 'no'
  }
  if (open.value === 'menu') return <Preferences close={close} password={() => (open.value = 'password')} />
  return open.value === 'password' ? <Password close={close} /> : null
}

function Preferences({ close, password }: { close: () => void; password: () => void }) {
  const now = settings.value
  const change = (some: Partial<Settings>): void => {
    changeSettings(some).catch(toastProblem)
  }
  const desktop = async (on: boolean): Promise<void> => {
    if (on && 'Notification' in window && (await Notification.requestPermission()) !== 'granted') return
    change({ desktop: on })
  }
  return (
    <Dialog
      title={t('menu.title')}
      close={close}
      foot={
        <>
          <Button run={password}>{t('menu.password')}</Button>
          <Button run={() => void signOut().catch(() => undefined)}>{t('menu.sign_out')}</Button>
        </>
      }
    >
      <div class="preferences">
        <SelectField
          label={t('menu.theme')}
          value={now.theme}
          set={(theme) => change({ theme })}
          options={[
            { value: 'system', label: t('menu.theme.system') },
            { value: 'light', label: t('menu.theme.light') },
            { value: 'dark', label: t('menu.theme.dark') },
          ]}
        />
        <SelectField
          label={t('menu.language')}
          value={now.language}
          set={(language) => change({ language })}
          options={[
            { value: 'system', label: t('menu.language.system') },
            { value: 'en', label: 'English' },
            { value: 'de', label: 'Deutsch' },
          ]}
        />
        <fieldset>
          <legend>{t('menu.evidence')}</legend>
          <CheckField label={t('menu.blur')} checked={now.blur} set={(blur) => change({ blur })} />
          <CheckField label={t('menu.grey')} checked={now.grey} set={(grey) => change({ grey })} />
          <CheckField label={t('menu.muted')} checked={now.muted} set={(muted) => change({ muted })} />
        </fieldset>
        <fieldset>
          <legend>{t('menu.calls')}</legend>
          <CheckField label={t('menu.sound')} checked={now.sound} set={(sound) => change({ sound })} />
          <CheckField label={t('menu.desktop')} checked={now.desktop} set={(on) => void desktop(on)} hint={t('menu.desktop.hint')} />
        </fieldset>
      </div>
    </Dialog>
  )
}
