// Says how the live connection stands, in words, and lets one try again at once.
import { second } from './clock'
import { t } from '../i18n'
import { live, retryNow } from '../live/socket'
import type { Live } from '../live/machine'

/** What is said: a wait is in whole seconds, so that it is not said ten times a second. */
export function told(state: Live, at: number): string {
  switch (state.is) {
    case 'live':
      return t('live.live')
    case 'waiting': {
      const s = Math.ceil(state.until - at)
      return s > 1 ? t('live.waiting', { s }) : t('live.connecting')
    }
    case 'offline':
      return t('live.offline')
    case 'idle':
    case 'connecting':
      return t('live.connecting')
  }
}

export function Connection() {
  const state = live.value
  void second.value
  // The wait is this machine's clock, not the gateway's.
  const text = told(state, Date.now() / 1000)
  const heard = state.is === 'waiting' ? t('live.lost') : text
  return (
    <div class={`connection ${state.is}`} data-live={state.is}>
      <span class="dot" aria-hidden="true" />
      <span aria-hidden="true">{text}</span>
      <span class="unseen" role="status">
        {heard}
      </span>
      {state.is === 'waiting' ? (
        <button type="button" class="link" onClick={retryNow}>
          {t('live.retry')}
        </button>
      ) : null}
    </div>
  )
}
