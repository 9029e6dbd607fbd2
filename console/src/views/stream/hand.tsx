// A person's hand on the stream: what is in force with its lift, and what may be done, for how long.
import { useState } from 'preact/hooks'
import { path, post } from '../../api/client'
import type { StreamRestriction, StreamShown } from '../../api/shapes'
import { count, t } from '../../i18n'
import { lasting } from '../../i18n/formats'
import { useKeys } from '../../keys/use'
import { Button } from '../../parts/button'
import { toast, toastProblem } from '../../parts/toast'
import { Confirm } from '../kit/confirm'
import { Left } from '../kit/left'
import { Mark } from '../kit/mark'
import { By } from '../kit/names'
import { Segments } from '../kit/segments'

type Kind = 'warn' | 'blur' | 'mute_audio' | 'mute_video' | 'cut'
const KINDS: { kind: Kind; key: string }[] = [
  { kind: 'warn', key: 'w' },
  { kind: 'blur', key: 'b' },
  { kind: 'mute_audio', key: 'm' },
  { kind: 'mute_video', key: 'n' },
]
const FOR = ['60', '300', '1800', 'ever'] as const
type For = (typeof FOR)[number]

export function Hand({ stream, changed, over }: { stream: StreamShown; changed: () => void; over: boolean }) {
  const [lasts, setLasts] = useState<For>('300')
  const [cutting, setCutting] = useState(false)
  const where = path('streams', stream.stream, 'actions')
  const forS = lasts === 'ever' ? null : Number(lasts)

  const lift = async (kind: string | null): Promise<void> => {
    await post(where, { action: 'lift', room: stream.room, ...(kind === null ? {} : { kind }) })
    toast({ text: t('stream.done.lift') })
    changed()
  }
  const act = async (kind: Kind, reason = ''): Promise<void> => {
    await post(where, { action: kind, room: stream.room, for_s: kind === 'warn' ? null : forS, ...(reason === '' ? {} : { reason }) })
    const back = { action: { label: t('v2.undo'), key: 'u', run: () => void lift(kind).catch(toastProblem) } }
    toast({ text: t(`stream.done.${kind}`), ...(kind === 'warn' ? {} : back) })
    changed()
  }
  const start = (kind: Kind): void => void act(kind).catch(toastProblem)
  useKeys(
    t('stream.act'),
    [
      ...KINDS.map(({ kind, key }) => ({ key, says: t(`act.${kind}`), run: () => start(kind) })),
      { key: 'c', says: t('act.cut'), run: () => setCutting(true) },
    ],
    { off: over },
  )
  return (
    <section class="panel">
      <h2>{t('stream.act')}</h2>
      <div class="padded stack">
        <Segments
          label={t('stream.for')}
          labelled
          value={lasts}
          set={setLasts}
          options={FOR.map((value) => ({ value, label: lasting(value === 'ever' ? null : Number(value)) }))}
        />
        <div class="deeds">
          {KINDS.map(({ kind, key }) => (
            <Button key={kind} run={() => start(kind)} keys={key} off={over}>{t(`act.${kind}`)}</Button>
          ))}
          <Button run={() => setCutting(true)} keys="c" kind="danger" off={over}>{t('act.cut')}</Button>
        </div>
        <InForce restrictions={stream.restrictions} lift={(kind) => void lift(kind).catch(toastProblem)} />
      </div>
      {cutting ? (
        <Confirm
          title={t('stream.cut_title', { stream: stream.stream })}
          yes={t('stream.cut_do')}
          close={() => setCutting(false)}
          run={(reason) => act('cut', reason)}
          reason
        >
          <p>{count('stream.cut_help', stream.viewers)}</p>
          <p class="hint">{t('stream.for')}: {lasting(forS)}</p>
        </Confirm>
      ) : null}
    </section>
  )
}

function InForce({ restrictions, lift }: { restrictions: StreamRestriction[]; lift: (kind: string | null) => void }) {
  return (
    <div>
      <h3>{t('stream.in_force')}</h3>
      {restrictions.length === 0 ? (
        <p class="hint">{t('stream.nothing_in_force')}</p>
      ) : (
        <ul class="in-force">
          {restrictions.map((one) => (
            <li key={one.kind}>
              <Mark action={one.kind} />
              {one.until === null ? <span class="faint">{t('switches.until_reversed')}</span> : <Left until={one.until} />}
              <span class="faint"><By by={one.because} /></span>
              <Button run={() => lift(one.kind)} small>{t('stream.lift')}</Button>
            </li>
          ))}
        </ul>
      )}
      {restrictions.length > 1 ? <Button run={() => lift(null)} small>{t('stream.lift_all')}</Button> : null}
    </div>
  )
}
