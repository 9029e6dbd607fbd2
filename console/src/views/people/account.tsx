// One account, new or being changed: its fields, and below them what ends sessions.
import { useState } from 'preact/hooks'
import { patch, path, post } from '../../api/client'
import { explain } from '../../api/problem'
import type { ModeratorMade, ModeratorShown } from '../../api/shapes'
import { t } from '../../i18n'
import { Button } from '../../parts/button'
import { Dialog } from '../../parts/dialog'
import { CheckField, TextField } from '../../parts/field'
import { Notice } from '../../parts/state'
import { Several } from '../kit/several'
import { Words } from '../kit/words'
import { type AccountDraft, changeOf, draftOf, faultOf, toggledRole } from './draft'
import { Ending } from './ending'
import { ROLES } from './matrix'

export interface AccountProps {
  /** null: a new account. */
  stands: ModeratorShown | null
  close: () => void
  /** Told what was made or changed; a password or address in it is to be handed over. */
  done: (made: ModeratorMade) => void
}

export function Account({ stands, close, done }: AccountProps) {
  const [draft, setDraft] = useState<AccountDraft>(() => draftOf(stands))
  const [busy, setBusy] = useState(false)
  const [tried, setTried] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const set = (some: Partial<AccountDraft>): void => setDraft({ ...draft, ...some })
  const fault = faultOf(draft, stands === null)
  const save = (): void => {
    setTried(true)
    if (fault !== null || busy) return
    setBusy(true)
    const asked =
      stands === null
        ? post<ModeratorMade>(path('moderators'), draft)
        : patch<ModeratorMade>(path('moderators', stands.name), changeOf(stands, draft), { version: stands.version })
    asked.then(
      (made) => {
        done(made)
        close()
      },
      (error: unknown) => {
        setProblem(error)
        setBusy(false)
      },
    )
  }
  const yes = stands === null ? t('people.create') : t('v2.save')
  return (
    <Dialog
      title={stands === null ? t('people.new') : t('people.edit', { name: stands.name })}
      close={close}
      keys={[{ key: 'mod+Enter', says: yes, run: save }]}
      foot={
        <>
          <Button run={close} kind="quiet">{t('v2.cancel')}</Button>
          <Button run={save} kind="primary" busy={busy} keys="mod+Enter">{yes}</Button>
        </>
      }
    >
      {stands === null ? (
        <TextField
          label={t('people.name')}
          value={draft.name}
          set={(name) => set({ name })}
          most={64}
          focus
          {...(tried && fault === 'people.name_bad' ? { wrong: t(fault) } : {})}
        />
      ) : null}
      <Several
        label={t('people.role')}
        chosen={draft.roles}
        toggle={(role) => set({ roles: toggledRole(draft.roles, role) })}
        options={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))}
      />
      {tried && fault === 'people.role_needed' ? <p class="wrong" role="alert">{t(fault)}</p> : null}
      <Words label={t('people.queues')} hint={t('people.queues_hint')} value={draft.queues} set={(queues) => set({ queues })} />
      <div class="pair">
        <Words label={t('people.langs')} hint={t('people.lists_hint')} value={draft.langs} set={(langs) => set({ langs })} />
        <Words label={t('people.skills')} hint={t('people.lists_hint')} value={draft.skills} set={(skills) => set({ skills })} />
      </div>
      <TextField label={t('people.email')} type="email" value={draft.email} set={(email) => set({ email })} most={254} />
      {stands === null ? (
        <CheckField label={t('people.want_totp')} checked={draft.totp} set={(totp) => set({ totp })} />
      ) : (
        <Ending
          stands={stands}
          done={(made) => {
            done(made)
            close()
          }}
        />
      )}
      {problem ? <Notice kind="problem">{explain(problem)}</Notice> : null}
    </Dialog>
  )
}
