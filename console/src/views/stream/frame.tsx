// The newest frame, hidden until somebody opens it: each view is evidence seen, and is audited.
//
// Nothing is fetched before it is opened. It opens as the moderator's settings say (blurred, grey),
// and is shown plainly on a second word. It never follows by itself: each newer frame is asked for.
import { useEffect, useRef, useState } from 'preact/hooks'
import { media, path } from '../../api/client'
import { explain } from '../../api/problem'
import { may, settings } from '../../frame/session'
import { t } from '../../i18n'
import { clock } from '../../i18n/formats'
import { useKeys } from '../../keys/use'
import { Button } from '../../parts/button'
import { Icon } from '../../parts/icon'

type State = { is: 'hidden' } | { is: 'asking' } | { is: 'shown'; url: string; captured: number | null } | { is: 'none' } | { is: 'failed'; problem: unknown }

export interface FrameProps {
  stream: string
  /** When the newest frame was captured; null: not known. */
  captured: number | null
  over: boolean
}

export function Frame({ stream, captured, over }: FrameProps) {
  const [state, setState] = useState<State>({ is: 'hidden' })
  const [plain, setPlain] = useState(false)
  const url = useRef<string | null>(null)
  const allowed = may('evidence.view')
  const drop = (): void => {
    if (url.current !== null) URL.revokeObjectURL(url.current)
    url.current = null
  }
  useEffect(() => drop, [])

  const ask = (): void => {
    if (!allowed || state.is === 'asking') return
    if (state.is !== 'shown') setState({ is: 'asking' })
    media(path('streams', stream, 'frame')).then(
      (blob) => {
        drop()
        if (blob === null) {
          setState({ is: 'none' })
          return
        }
        url.current = URL.createObjectURL(blob)
        setState({ is: 'shown', url: url.current, captured })
      },
      (problem: unknown) => setState({ is: 'failed', problem }),
    )
  }
  const hide = (): void => {
    drop()
    setPlain(false)
    setState({ is: 'hidden' })
  }
  const soft = settings.value.blur || settings.value.grey
  const shown = state.is === 'shown'
  useKeys(
    t('stream.frame'),
    [
      // As in a case: `p` opens, then lifts the veil.
      ...(shown ? [] : [{ key: 'p', says: t('stream.frame_open'), run: ask }]),
      ...(shown && soft ? [{ key: 'p', says: plain ? t('stream.frame_soften') : t('stream.frame_plain'), run: () => setPlain(!plain) }] : []),
      ...(shown ? [{ key: 'v', says: t('stream.frame_next'), run: ask }, { key: 'x', says: t('stream.frame_hide'), run: hide }] : []),
    ],
    { off: !allowed || over },
  )
  return (
    <section class="panel frame-panel" aria-label={t('stream.frame')}>
      <header>
        <h2>{t('stream.frame')}</h2>
        {shown && state.captured !== null ? <span class="faint">{t('stream.frame_at', { time: clock(state.captured) })}</span> : null}
        <span class="push" />
        {shown ? (
          <>
            {soft ? <Button run={() => setPlain(!plain)} keys="p" small pressed={plain}>{plain ? t('stream.frame_soften') : t('stream.frame_plain')}</Button> : null}
            <Button run={ask} keys="v" small>{t('stream.frame_next')}</Button>
            <Button run={hide} keys="x" small>{t('stream.frame_hide')}</Button>
          </>
        ) : null}
      </header>
      <div class="frame-box">
        {shown ? (
          <img class={plain ? '' : `${settings.value.blur ? 'blur' : ''} ${settings.value.grey ? 'grey' : ''}`} src={state.url} alt={t('stream.frame_alt', { stream })} />
        ) : (
          <div class="frame-shut">
            <Icon name="eye" />
            {state.is === 'failed' ? <p class="wrong" role="alert">{explain(state.problem)}</p> : null}
            {state.is === 'none' ? <p>{t('stream.frame_none')}</p> : null}
            {allowed ? (
              <>
                <Button run={ask} keys="p" busy={state.is === 'asking'} off={over}>{t('stream.frame_open')}</Button>
                <p class="hint">{t('stream.frame_note')}</p>
              </>
            ) : (
              <p class="hint">{t('stream.frame_denied')}</p>
            )}
          </div>
        )}
      </div>
    </section>
  )
}
