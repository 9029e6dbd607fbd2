// Whether a stream is live, quiet or away: by shape and word.
import type { StreamShown } from '../../api/shapes'
import { t } from '../../i18n'

/** A stream that is silent for longer is no longer called live. */
const QUIET_S = 3

export function StreamState({ stream }: { stream: StreamShown }) {
  const away = !stream.connected
  const quiet = stream.quiet_s >= QUIET_S
  const word = away ? t('streams.away') : quiet ? t('streams.quiet', { s: Math.floor(stream.quiet_s) }) : t('streams.connected')
  return (
    <span class={`standing ${away ? 'off' : quiet ? 'auto-on' : 'live'}`}>
      <span class="dot" aria-hidden="true" />
      {word}
    </span>
  )
}
