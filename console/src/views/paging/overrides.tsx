// Overrides of the rota: somebody else for a while.
import type { Override } from '../../api/shapes'
import { now } from '../../frame/clock'
import { t } from '../../i18n'
import { SelectField, TextField } from '../../parts/field'
import { Chip } from '../../parts/marks'
import { Words } from '../kit/words'
import type { PartProps } from './editor'
import { EditLine, Lines } from './lines'
import { fromField, localField, replaced, withList, without } from './rota'

const EIGHT_HOURS_S = 8 * 3600

export function Overrides({ rota, set, fixed, people }: PartProps) {
  const overrides = rota.overrides ?? []
  const put = (next: Override[]): void => set(withList(rota, 'overrides', next))
  const start = Math.floor(now() / 3600) * 3600
  const fresh = (): Override => ({ person: people[0] ?? '', start, end: start + EIGHT_HOURS_S, queues: [] })
  return (
    <Lines
      title={t('rota.overrides')}
      help={t('rota.overrides_help')}
      empty={t('rota.overrides_empty')}
      fixed={fixed}
      add={{ label: t('rota.add_override'), run: () => put([...overrides, fresh()]) }}
    >
      {overrides.map((override, index) => (
        <EditLine key={index} name={override.person} fixed={fixed} remove={() => put(without(overrides, index))} mark={<Mark override={override} />}>
          <Fields override={override} people={people} set={(some) => put(replaced(overrides, index, { ...override, ...some }))} />
        </EditLine>
      ))}
    </Lines>
  )
}

function Mark({ override }: { override: Override }) {
  if (override.end <= now()) return <Chip>{t('rota.past')}</Chip>
  return override.start <= now() ? <Chip tone="accent">{t('rota.in_force')}</Chip> : null
}

interface FieldsProps {
  override: Override
  people: string[]
  set: (some: Partial<Override>) => void
}

function Fields({ override, people, set }: FieldsProps) {
  const known = people.includes(override.person) || override.person === '' ? people : [override.person, ...people]
  return (
    <>
      {people.length > 0 ? (
        <SelectField
          label={t('rota.person')}
          value={override.person}
          set={(person) => set({ person })}
          options={known.map((value) => ({ value, label: value }))}
        />
      ) : (
        <TextField label={t('rota.person')} value={override.person} set={(person) => set({ person })} most={64} />
      )}
      <TextField
        label={t('rota.start')}
        type="datetime-local"
        value={localField(override.start)}
        set={(text) => set({ start: fromField(text) ?? override.start })}
      />
      <TextField
        label={t('rota.end')}
        type="datetime-local"
        value={localField(override.end)}
        set={(text) => set({ end: fromField(text) ?? override.end })}
      />
      <Words label={t('rota.queues')} hint={t('rota.queues_hint')} value={override.queues ?? []} set={(queues) => set({ queues })} />
    </>
  )
}
