// The parts of a view, each with its address, so that it can be linked to; 1, 2, 3 … goes there.
import { address, go } from '../../frame/route'
import { t } from '../../i18n'
import { useKeys } from '../../keys/use'
import { Kbd } from '../../parts/button'

export interface Tab {
  part: string
  label: string
  /** A number that wants attention. */
  badge?: number
}

export function Tabs({ view, tabs, at, label }: { view: string; tabs: Tab[]; at: string; label: string }) {
  useKeys(
    label,
    tabs.map((tab, index) => ({
      key: String(index + 1),
      says: tab.label,
      run: () => go(address(view, [tab.part])),
    })),
  )
  return (
    <nav class="tabs" aria-label={t('v2.parts_of', { name: label })}>
      {tabs.map((tab, index) => (
        <a key={tab.part} href={address(view, [tab.part])} aria-current={tab.part === at ? 'page' : undefined}>
          {tab.label}
          {tab.badge ? <span class="badge">{tab.badge}</span> : null}
          <Kbd keys={String(index + 1)} />
        </a>
      ))}
    </nav>
  )
}
