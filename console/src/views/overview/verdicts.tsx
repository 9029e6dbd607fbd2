// The day's verdicts: what was let through as a share, the rest as bars on their own scale.
import { t } from '../../i18n'
import { number, percent } from '../../i18n/formats'
import { Mark } from '../kit/mark'
import { BarList } from './ranked'

export function Verdicts({ verdicts }: { verdicts: Record<string, number> }) {
  const all = Object.values(verdicts).reduce((sum, each) => sum + each, 0)
  const allowed = verdicts['allow'] ?? 0
  const lines = Object.entries(verdicts)
    .filter(([action, count]) => action !== 'allow' && count > 0)
    .map(([name, count]) => ({ name, count }))
    .sort((one, other) => other.count - one.count)
  return (
    <section class="card">
      <header>
        <h2>{t('overview.verdicts')}</h2>
      </header>
      {all === 0 ? (
        <p class="nothing">{t('overview.no_verdicts')}</p>
      ) : (
        <>
          <p class="allowed">
            <Mark action="allow" /> <strong>{percent(Math.floor((allowed / all) * 1000) / 1000, 1)}</strong>
            <span class="faint">{number(allowed)}</span>
          </p>
          <BarList lines={lines} nameOf={(action) => <Mark action={action} />} />
        </>
      )}
    </section>
  )
}
