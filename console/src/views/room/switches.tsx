// A person's hand on the room: each restriction on or held off for a while, or back to automatic.
import { useState } from 'preact/hooks'
import { path, put, remove } from '../../api/client'
import type { Switch } from '../../api/shapes'
import { now } from '../../frame/clock'
import { may } from '../../frame/session'
import { say, t } from '../../i18n'
import { useKeys } from '../../keys/use'
import { toast, toastProblem } from '../../parts/toast'
import { Left } from '../kit/left'
import { type Deed, Menu } from '../kit/menu'
import { By } from '../kit/names'
import { ORDER, stateOf } from './standing'

const FOR: { key: 'switches.for_5m' | 'switches.for_30m' | 'switches.for_ever'; s: number | null }[] = [
  { key: 'switches.for_5m', s: 300 },
  { key: 'switches.for_30m', s: 1800 },
  { key: 'switches.for_ever', s: null },
]

export interface SwitchesProps {
  room: string
  switches: Switch[]
  changed: (one: Switch) => void
}

export function Switches({ room, switches, changed }: SwitchesProps) {
  const [open, setOpen] = useState('')
  const allowed = may('rooms.switch')
  const known = ORDER.flatMap((name) => switches.find((each) => each.name === name) ?? [])
  useKeys(
    t('switches.title'),
    known.map((each, index) => ({
      key: String(index + 1),
      says: t('switches.menu', { name: say('switch', each.name) }),
      run: () => setOpen(each.name),
    })),
    { off: !allowed },
  )
  const ask = (name: string, on: boolean | null, forS: number | null): Promise<Switch> => {
    const where = path('rooms', room, 'switches', name)
    return on === null ? remove<Switch>(where) : put<Switch>(where, { on, for_s: forS })
  }
  /** Turn it on or off, or (null) back to automatic; it can be put back as it stood. */
  const turn = (before: Switch, on: boolean | null, forS: number | null): void => {
    const back = (): void => {
      const left = before.until === null ? null : Math.max(1, before.until - now())
      ask(before.name, before.switch, left).then(changed, toastProblem)
    }
    ask(before.name, on, forS).then((after) => {
      changed(after)
      toast({
        text: t('switches.told', { name: say('switch', after.name), state: t(stateOf(after).key) }),
        action: { label: t('v2.undo'), key: 'u', run: back },
      })
    }, toastProblem)
  }
  return (
    <section class="panel">
      <h2>{t('switches.title')}</h2>
      <p class="hint">{t('switches.help')}</p>
      <ul class="switches">
        {known.map((one, index) => (
          <li key={one.name} class={one.in_force ? 'switch on' : 'switch'}>
            <strong>{say('switch', one.name)}</strong>
            {allowed ? (
              <Menu
                label={t('switches.menu', { name: say('switch', one.name) })}
                deeds={deedsOf(one, turn)}
                open={open === one.name}
                setOpen={(now) => setOpen(now ? one.name : '')}
                keys={String(index + 1)}
              >
                {t('switches.change')}
                <span class="unseen">{say('switch', one.name)}</span>
              </Menu>
            ) : null}
            <p class="hint">{say('switch', `${one.name}.help`)}</p>
            <Standing one={one} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Standing({ one }: { one: Switch }) {
  const { key, tone, until } = stateOf(one)
  return (
    <p class={`standing ${tone}`}>
      <span class="dot" aria-hidden="true" />
      <span>{t(key)}</span>
      {until === undefined ? null : until === null ? (
        <span class="faint">{t('switches.until_reversed')}</span>
      ) : (
        <Left until={until} />
      )}
      {one.by ? <span class="faint"><By by={one.by} /></span> : null}
    </p>
  )
}

type Turn = (before: Switch, on: boolean | null, forS: number | null) => void

function deedsOf(one: Switch, turn: Turn): Deed[] {
  const timed = (on: boolean, group: string): Deed[] =>
    FOR.map(({ key, s }, index) => ({
      id: `${on ? 'on' : 'off'}-${s ?? 'ever'}`,
      label: t(key),
      run: () => turn(one, on, s),
      ...(index === 0 ? { group } : {}),
    }))
  const deeds = [...timed(true, t('switches.group_on')), ...timed(false, t('switches.group_off'))]
  if (one.switch === null) return deeds
  return [{ id: 'auto', label: t('switches.to_auto'), run: () => turn(one, null, null) }, ...deeds]
}
