// Sends a drill: to whom, and over which channels.
import { useState } from 'preact/hooks'
import { path, post } from '../../api/client'
import type { Channels, DrillBody, ModeratorList } from '../../api/shapes'
import { useAsked } from '../../api/use'
import { may } from '../../frame/session'
import { t } from '../../i18n'
import { SelectField } from '../../parts/field'
import { toast } from '../../parts/toast'
import { Confirm } from '../kit/confirm'
import { Several } from '../kit/several'
import { toggled } from './rota'

export function Drill({ close, sent }: { close: () => void; sent: () => void }) {
  const [person, setPerson] = useState('')
  const [chosen, setChosen] = useState<string[]>([])
  const people = useAsked<ModeratorList>(may('people.read') ? path('moderators') : null)
  const channels = useAsked<Channels>(path('channels'))
  const names = (channels.data?.channels ?? []).filter((each) => each.on !== false).map((each) => each.name)
  const run = async (): Promise<void> => {
    const body: DrillBody = { person: person === '' ? null : person, channels: chosen }
    await post(path('pages', 'drill'), body)
    sent()
    toast({ text: t('paging.drilled') })
  }
  return (
    <Confirm title={t('paging.drill_title')} yes={t('paging.drill')} danger={false} close={close} run={run}>
      <p>{t('paging.drill_help')}</p>
      <SelectField
        label={t('paging.drill_who')}
        value={person}
        set={setPerson}
        options={[
          { value: '', label: t('paging.drill_on_call') },
          ...(people.data?.items ?? []).filter((each) => each.disabled === null).map((each) => ({ value: each.name, label: each.name })),
        ]}
      />
      <Several
        label={t('paging.drill_over')}
        chosen={chosen}
        toggle={(name) => setChosen(toggled(chosen, name, names))}
        options={names.map((value) => ({ value, label: value }))}
      />
      {chosen.length === 0 ? <p class="hint">{t('paging.drill_steps')}</p> : null}
    </Confirm>
  )
}
