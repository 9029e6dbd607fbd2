// A share of 0…1 as a bar with its number; below `enough` it is marked by a sign, too.
import { percent } from '../../i18n/formats'
import { Icon } from '../../parts/icon'

export function Meter({ label, share, enough = 0.95, bare = false }: { label: string; share: number; enough?: number; bare?: boolean }) {
  const low = share < enough
  // Rounded down: 99.98 % is not all of it.
  const shown = percent(Math.floor(share * 1000) / 1000, share > 0.9 ? 1 : 0)
  return (
    <span class={low ? 'meter low' : 'meter'} title={`${label}: ${shown}`}>
      <span class={bare ? 'unseen' : 'meter-label'}>{label}</span>
      <span class="meter-bar" aria-hidden="true">
        <span style={{ width: `${Math.round(share * 100)}%` }} />
      </span>
      <span class="meter-number">{shown}</span>
      <span class="meter-sign">{low ? <Icon name="warn" /> : null}</span>
    </span>
  )
}
