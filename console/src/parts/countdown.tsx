// What is left until a deadline. It ticks by the clock of the gateway.
import { second } from '../frame/clock'
import { t } from '../i18n'
import { clock, countdown } from '../i18n/formats'
import { Icon } from './icon'

/** How near a deadline is: the word is the class, so that it is more than a colour (`due` blinks no one). */
export function nearness(left: number): 'late' | 'soon' | 'near' | 'far' {
  if (left <= 0) return 'late'
  if (left <= 30) return 'soon'
  return left <= 120 ? 'near' : 'far'
}

export function Countdown({ until, title }: { until: number; title?: string }) {
  const left = until - second.value
  const near = nearness(left)
  return (
    <span class={`countdown ${near}`} title={title ?? clock(until)} role="timer" aria-live="off">
      {near === 'far' ? null : <Icon name={near === 'late' ? 'warn' : 'clock'} />}
      {left > 0 ? countdown(left) : t('countdown.due')}
    </span>
  )
}
