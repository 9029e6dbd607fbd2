// The rota as one document: shifts, overrides, steps, quiet hours, and what calls somebody at all.
import { path } from '../../api/client'
import type { Channels, ModeratorList, Rota, RotaBody } from '../../api/shapes'
import { useAsked } from '../../api/use'
import { may } from '../../frame/session'
import { type Key, t } from '../../i18n'
import { TextField } from '../../parts/field'
import { scrolls } from '../../parts/scrolls'
import { Show } from '../../parts/state'
import { useEdited } from '../kit/edited'
import { SaveBar } from '../kit/savebar'
import { Several } from '../kit/several'
import { Overrides } from './overrides'
import { QuietHours } from './quiet'
import { faultsOf, PRIORITIES, toggled } from './rota'
import { Shifts } from './shifts'
import { Steps } from './steps'

export interface PartProps {
  rota: RotaBody
  set: (rota: RotaBody) => void
  /** Nothing may be changed. */
  fixed: boolean
  people: string[]
  channels: string[]
}

const bodyOf = (stands: Rota): RotaBody => stands.rota

export function RotaEditor() {
  const edited = useEdited<Rota, RotaBody>(path('rota'), bodyOf)
  const people = useAsked<ModeratorList>(may('people.read') ? path('moderators') : null)
  const channels = useAsked<Channels>(path('channels'))
  const fixed = !may('pages.manage')
  const { draft } = edited
  const faults = draft === null ? [] : faultsOf(draft).map(({ key, name }) => t(key as Key, { name }))
  return (
    <>
      <div class="page" {...scrolls(t('paging.rota'))}>
        <Show asked={edited.asked}>
          {() =>
            draft === null ? null : (
              <fieldset class="rota" disabled={fixed}>
                <legend class="unseen">{t('paging.rota')}</legend>
                <Parts
                  rota={draft}
                  set={edited.set}
                  fixed={fixed}
                  people={(people.data?.items ?? []).filter((each) => each.disabled === null).map((each) => each.name)}
                  channels={(channels.data?.channels ?? []).map((each) => each.name)}
                />
              </fieldset>
            )
          }
        </Show>
      </div>
      {edited.asked.data ? <SaveBar stands={edited.asked.data} says={t('rota.save')} faults={faults} {...edited} /> : null}
    </>
  )
}

function Parts(props: PartProps) {
  return (
    <>
      <Shifts {...props} />
      <Overrides {...props} />
      <Steps {...props} />
      <QuietHours {...props} />
      <General {...props} />
    </>
  )
}

function General({ rota, set }: PartProps) {
  return (
    <section class="panel">
      <h2>{t('rota.general')}</h2>
      <div class="padded form-row">
        <Several
          label={t('rota.pages')}
          chosen={rota.pages ?? []}
          toggle={(one) => set({ ...rota, pages: toggled(rota.pages ?? [], one, PRIORITIES) })}
          options={PRIORITIES.map((value) => ({ value, label: value.toUpperCase() }))}
        />
        <TextField
          label={t('rota.storm')}
          hint={t('rota.storm_help')}
          type="number"
          value={String(rota.storm ?? '')}
          set={(value) => set({ ...rota, storm: Math.max(1, Math.trunc(Number(value))) })}
        />
      </div>
    </section>
  )
}
