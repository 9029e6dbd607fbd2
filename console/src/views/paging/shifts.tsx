// The shifts of the rota: who is on call on which days, and how people take turns.
import type { Shift } from '../../api/shapes'
import { t } from '../../i18n'
import { SelectField, TextField } from '../../parts/field'
import { Chip } from '../../parts/marks'
import { Several } from '../kit/several'
import { Words } from '../kit/words'
import type { PartProps } from './editor'
import { EditLine, Lines } from './lines'
import { DAYS, localField, replaced, toggled, withList, without } from './rota'

const TURNS = ['weekly', 'daily', 'never'] as const

function fresh(): Shift {
  return {
    name: t('rota.new_shift'),
    people: [],
    days: ['mon', 'tue', 'wed', 'thu', 'fri'],
    start: '09:00',
    end: '17:00',
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    first: localField(Date.now() / 1000).slice(0, 10),
    rotate: 'weekly',
    queues: [],
  }
}

export function Shifts({ rota, set, fixed }: PartProps) {
  const put = (shifts: Shift[]): void => set(withList(rota, 'shifts', shifts))
  return (
    <Lines
      title={t('rota.shifts')}
      help={t('rota.shifts_help')}
      empty={t('rota.shifts_empty')}
      fixed={fixed}
      add={{ label: t('rota.add_shift'), run: () => put([...rota.shifts, fresh()]) }}
    >
      {rota.shifts.map((shift, index) => (
        <EditLine
          key={index}
          name={shift.name}
          fixed={fixed}
          remove={() => put(without(rota.shifts, index))}
          mark={shift.end <= shift.start ? <Chip>{t('rota.overnight')}</Chip> : null}
        >
          <Fields shift={shift} set={(some) => put(replaced(rota.shifts, index, { ...shift, ...some }))} />
        </EditLine>
      ))}
    </Lines>
  )
}

function Fields({ shift, set }: { shift: Shift; set: (some: Partial<Shift>) => void }) {
  return (
    <>
      <TextField label={t('rota.shift_name')} value={shift.name} set={(name) => set({ name })} most={64} />
      <Words label={t('rota.people')} value={shift.people} set={(people) => set({ people })} />
      <Several
        label={t('rota.days')}
        chosen={shift.days}
        toggle={(day) => set({ days: toggled(shift.days, day, DAYS) })}
        options={DAYS.map((value) => ({ value, label: t(`day.${value}`) }))}
      />
      <TextField label={t('rota.start')} type="time" value={shift.start} set={(start) => set({ start })} />
      <TextField label={t('rota.end')} type="time" value={shift.end} set={(end) => set({ end })} />
      <TextField label={t('rota.zone')} value={shift.zone} set={(zone) => set({ zone })} most={64} />
      <SelectField
        label={t('rota.rotate')}
        value={shift.rotate ?? 'weekly'}
        set={(rotate) => set({ rotate })}
        options={TURNS.map((value) => ({ value, label: t(`rota.rotate.${value}`) }))}
      />
      <TextField label={t('rota.first')} type="date" value={shift.first} set={(first) => set({ first })} />
      <Words label={t('rota.queues')} hint={t('rota.queues_hint')} value={shift.queues ?? []} set={(queues) => set({ queues })} />
    </>
  )
}
