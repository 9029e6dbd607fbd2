// Quiet hours: nobody is called, except for some priorities.
import type { Quiet } from '../../api/shapes'
import { t } from '../../i18n'
import { TextField } from '../../parts/field'
import { Several } from '../kit/several'
import type { PartProps } from './editor'
import { EditLine, Lines } from './lines'
import { DAYS, PRIORITIES, replaced, toggled, withList, without } from './rota'

function fresh(): Quiet {
  return {
    days: [...DAYS],
    start: '22:00',
    end: '07:00',
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    but: ['p0'],
  }
}

export function QuietHours({ rota, set, fixed }: PartProps) {
  const quiet = rota.quiet ?? []
  const put = (next: Quiet[]): void => set(withList(rota, 'quiet', next))
  return (
    <Lines
      title={t('rota.quiet')}
      help={t('rota.quiet_help')}
      empty={t('rota.quiet_empty')}
      fixed={fixed}
      add={{ label: t('rota.add_quiet'), run: () => put([...quiet, fresh()]) }}
    >
      {quiet.map((hours, index) => (
        <EditLine key={index} name={`${hours.start}–${hours.end}`} fixed={fixed} remove={() => put(without(quiet, index))}>
          <Fields hours={hours} set={(some) => put(replaced(quiet, index, { ...hours, ...some }))} />
        </EditLine>
      ))}
    </Lines>
  )
}

function Fields({ hours, set }: { hours: Quiet; set: (some: Partial<Quiet>) => void }) {
  return (
    <>
      <Several
        label={t('rota.days')}
        chosen={hours.days}
        toggle={(day) => set({ days: toggled(hours.days, day, DAYS) })}
        options={DAYS.map((value) => ({ value, label: t(`day.${value}`) }))}
      />
      <TextField label={t('rota.start')} type="time" value={hours.start} set={(start) => set({ start })} />
      <TextField label={t('rota.end')} type="time" value={hours.end} set={(end) => set({ end })} />
      <TextField label={t('rota.zone')} value={hours.zone} set={(zone) => set({ zone })} most={64} />
      <Several
        label={t('rota.but')}
        chosen={hours.but ?? []}
        toggle={(one) => set({ but: toggled(hours.but ?? [], one, PRIORITIES) })}
        options={PRIORITIES.map((value) => ({ value, label: value.toUpperCase() }))}
      />
    </>
  )
}
