// One channel being edited: only the fields of its kind. A secret is written, never shown.
import { useState } from 'preact/hooks'
import type { Channel } from '../../api/shapes'
import { t } from '../../i18n'
import { Button } from '../../parts/button'
import { Dialog } from '../../parts/dialog'
import { CheckField, SelectField, TextField } from '../../parts/field'

const KINDS = ['webhook', 'slack', 'mail'] as const
const TLS = ['starttls', 'implicit', 'none'] as const

export interface ChannelDialogProps {
  channel: Channel
  /** Names that others have. */
  taken: string[]
  close: () => void
  keep: (channel: Channel) => void
}

export function ChannelDialog({ channel, taken, close, keep }: ChannelDialogProps) {
  const [draft, setDraft] = useState(channel)
  const set = (some: Partial<Channel>): void => setDraft({ ...draft, ...some })
  const name = draft.name.trim()
  const named = name !== '' && !taken.includes(name)
  const done = (): void => {
    if (!named) return
    keep({ ...draft, name })
    close()
  }
  return (
    <Dialog
      title={channel.name === '' ? t('channels.add') : t('channels.edit', { name: channel.name })}
      close={close}
      keys={[{ key: 'mod+Enter', says: t('v2.apply'), run: done }]}
      foot={
        <>
          <Button run={close} kind="quiet">{t('v2.cancel')}</Button>
          <Button run={done} kind="primary" off={!named} keys="mod+Enter">{t('v2.apply')}</Button>
        </>
      }
    >
      <TextField label={t('channels.name')} value={draft.name} set={(text) => set({ name: text })} most={64} focus {...(taken.includes(name) ? { wrong: t('channels.taken') } : {})} />
      <SelectField
        label={t('channels.kind')}
        value={draft.kind}
        set={(kind) => set({ kind })}
        options={KINDS.map((value) => ({ value, label: t(`channel.${value}`) }))}
      />
      {draft.kind === 'mail' ? <Mail draft={draft} set={set} /> : <Hook draft={draft} set={set} />}
      <CheckField label={t('channels.on')} checked={draft.on !== false} set={(on) => set({ on })} />
    </Dialog>
  )
}

interface PartProps {
  draft: Channel
  set: (some: Partial<Channel>) => void
}

function Hook({ draft, set }: PartProps) {
  return (
    <>
      <TextField label={t('channels.url')} type="url" value={draft.url ?? ''} set={(url) => set({ url })} most={2048} placeholder="https://" />
      {draft.kind === 'webhook' ? <Secret label={t('channels.secret')} draft={draft} set={set} /> : null}
    </>
  )
}

function Mail({ draft, set }: PartProps) {
  return (
    <>
      <div class="pair">
        <TextField label={t('channels.host')} value={draft.host ?? ''} set={(host) => set({ host })} most={256} placeholder="smtp.example.com:587" />
        <SelectField
          label={t('channels.tls')}
          value={draft.tls ?? 'starttls'}
          set={(tls) => set({ tls })}
          options={TLS.map((value) => ({ value, label: t(`channels.tls.${value}`) }))}
        />
      </div>
      <div class="pair">
        <TextField label={t('channels.user')} value={draft.user ?? ''} set={(user) => set({ user })} most={256} />
        <Secret label={t('channels.password')} draft={draft} set={set} />
      </div>
      <TextField label={t('channels.sender')} type="email" value={draft.sender ?? ''} set={(sender) => set({ sender })} most={254} />
      <TextField label={t('channels.to')} hint={t('channels.to_hint')} type="email" value={draft.to ?? ''} set={(to) => set({ to })} most={254} />
    </>
  )
}

function Secret({ label, draft, set }: PartProps & { label: string }) {
  return (
    <TextField
      label={label}
      hint={t('channels.secret_hint')}
      type="password"
      autocomplete="new-password"
      value={draft.secret ?? ''}
      set={(secret) => set({ secret })}
      most={512}
    />
  )
}
