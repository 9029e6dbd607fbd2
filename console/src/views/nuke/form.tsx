// Which phrase, what with it, where, how far back and ahead, and how much at most.
import { t } from '../../i18n'
import { lasting } from '../../i18n/formats'
import { useKeys } from '../../keys/use'
import { Button } from '../../parts/button'
import { SelectField, TextField } from '../../parts/field'
import { visible } from '../../parts/glyphs'
import { Segments } from '../kit/segments'
import { AHEAD, BACK, type Draft, isReady, type NukeAction } from './draft'

const FOR = [600, 3600, 86_400, 604_800]

export interface FormProps {
  draft: Draft
  set: (draft: Draft) => void
  rooms: string[]
  preview: () => void
  busy: boolean
}

export function Form({ draft, set, rooms, preview, busy }: FormProps) {
  const change = (some: Partial<Draft>): void => set({ ...draft, ...some })
  useKeys(t('nuke.title'), [{ key: 'mod+Enter', says: t('nuke.preview'), run: preview }])
  const places = draft.room === '' || rooms.includes(draft.room) ? rooms : [draft.room, ...rooms]
  return (
    <section class="panel">
      <form
        class="padded stack"
        onSubmit={(event) => {
          event.preventDefault()
          preview()
        }}
      >
        <TextField label={t('nuke.phrase')} hint={t('nuke.phrase_hint')} value={draft.phrase} set={(phrase) => change({ phrase })} most={200} focus />
        <Segments<NukeAction>
          label={t('nuke.action')}
          labelled
          value={draft.action}
          set={(action) => change({ action })}
          options={[
            { value: 'remove', label: t('nuke.action.remove') },
            { value: 'mute', label: t('nuke.action.mute') },
            { value: 'ban', label: t('nuke.action.ban') },
          ]}
        />
        <div class="pair">
          <SelectField
            label={t('nuke.room')}
            value={draft.room}
            set={(room) => change({ room })}
            options={[{ value: '', label: t('nuke.every_room') }, ...places.map((value) => ({ value, label: visible(value) }))]}
          />
          {draft.action === 'remove' ? null : (
            <SelectField
              label={t('v2.for')}
              value={draft.forS === null ? 'ever' : String(draft.forS)}
              set={(value) => change({ forS: value === 'ever' ? null : Number(value) })}
              options={[...FOR.map((s) => ({ value: String(s), label: lasting(s) })), { value: 'ever', label: lasting(null) }]}
            />
          )}
        </div>
        <div class="pair">
          <SelectField
            label={t('nuke.back')}
            value={String(draft.backMinutes)}
            set={(value) => change({ backMinutes: Number(value) })}
            options={BACK.map((n) => ({ value: String(n), label: n === 0 ? t('nuke.nothing_back') : lasting(n * 60) }))}
          />
          <SelectField
            label={t('nuke.ahead')}
            value={String(draft.aheadMinutes)}
            set={(value) => change({ aheadMinutes: Number(value) })}
            options={AHEAD.map((n) => ({ value: String(n), label: n === 0 ? t('nuke.nothing_ahead') : lasting(n * 60) }))}
          />
        </div>
        <TextField label={t('nuke.cap')} hint={t('nuke.cap_hint')} type="number" value={String(draft.most)} set={(value) => change({ most: Math.trunc(Number(value)) })} />
        <TextField label={t('v2.reason')} hint={t('v2.reason_hint')} value={draft.reason} set={(reason) => change({ reason })} most={500} />
        <div class="foot">
          <Button run={preview} kind="primary" keys="mod+Enter" busy={busy} off={!isReady(draft)}>{t('nuke.preview')}</Button>
        </div>
      </form>
    </section>
  )
}
