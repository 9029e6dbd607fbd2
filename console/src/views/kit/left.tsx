// What is left of something that ends by itself; calm, as nobody has to do anything about it.
import { second } from '../../frame/clock'
import { clock, countdown } from '../../i18n/formats'

export function Left({ until }: { until: number }) {
  return (
    <span class="nowrap" role="timer" aria-live="off" title={clock(until)}>
      {countdown(until - second.value)}
    </span>
  )
}
