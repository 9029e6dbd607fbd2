// The steps of calling: whom, over what, how long to wait, how often.
import type { Step } from '../../api/shapes'
import { say, t } from '../../i18n'
import { SelectField, TextField } from '../../parts/field'
import { Several } from '../kit/several'
import type { PartProps } from './editor'
import { EditLine, Lines } from './lines'
import { moved, replaced, toggled, WHO, withList, without } from './rota'

export function Steps({ rota, set, fixed, people, channels }: PartProps) {
  const steps = rota.steps ?? []
  const put = (next: Step[]): void => set(withList(rota, 'steps', next))
  const fresh = (): Step => ({ who: steps.length === 0 ? 'on-call' : 'next', channels: ['console'], ack_s: 60, times: 2 })
  return (
    <Lines
      title={t('rota.steps')}
      help={t('rota.steps_help')}
      empty={t('rota.steps_empty')}
      fixed={fixed}
      add={{ label: t('rota.add_step'), run: () => put([...steps, fresh()]) }}
    >
      {steps.map((step, index) => (
        <EditLine
          key={index}
          name={`${index + 1}`}
          fixed={fixed}
          remove={() => put(without(steps, index))}
          move={steps.length > 1 ? (by) => put(moved(steps, index, by)) : undefined}
          mark={<span class="ordinal">{index + 1}</span>}
        >
          <Fields step={step} people={people} channels={channels} set={(some) => put(replaced(steps, index, { ...step, ...some }))} />
        </EditLine>
      ))}
    </Lines>
  )
}

interface FieldsProps {
  step: Step
  people: string[]
  channels: string[]
  set: (some: Partial<Step>) => void
}

function Fields({ step, people, channels, set }: FieldsProps) {
  const whom = [...new Set([...WHO, ...people, step.who])]
  const over = [...new Set(['console', ...channels, ...step.channels])]
  return (
    <>
      <SelectField
        label={t('rota.who')}
        value={step.who}
        set={(who) => set({ who })}
        options={whom.map((value) => ({ value, label: say('rota.who', value) }))}
      />
      <Several
        label={t('rota.channels')}
        chosen={step.channels}
        toggle={(one) => set({ channels: toggled(step.channels, one, over) })}
        options={over.map((value) => ({ value, label: value }))}
      />
      <TextField label={t('rota.ack_s')} type="number" value={String(step.ack_s ?? 60)} set={(value) => set({ ack_s: Number(value) })} />
      <TextField label={t('rota.times')} type="number" value={String(step.times ?? 2)} set={(value) => set({ times: Math.trunc(Number(value)) })} />
    </>
  )
}
