// Which share of the stream was examined lately, why the rest was not, and how much speech was in it.
import type { Coverage as Shape } from '../../api/shapes'
import { say, t } from '../../i18n'
import { clock, lasting } from '../../i18n/formats'
import { Meter } from '../kit/meter'
import { heardOf } from './heard'

const MOST = 8

export function Coverage({ coverage }: { coverage: Shape | null }) {
  return (
    <section class="panel">
      <h2>{t('stream.coverage')}</h2>
      <div class="padded stack">
        {coverage === null ? (
          <p class="hint">{t('stream.coverage_none')}</p>
        ) : (
          <>
            <p class="hint">{t('stream.coverage_range', { from: clock(coverage.from), to: clock(coverage.to) })}</p>
            <Meter label={t('streams.speech')} share={coverage.speech} />
            <Meter label={t('streams.frames')} share={coverage.frames} />
            <p>{heardOf(coverage)}</p>
            {coverage.unchecked.length === 0 ? (
              <p>{t('stream.all_checked')}</p>
            ) : (
              <>
                <h3>{t('stream.unchecked')}</h3>
                <ul class="unchecked">
                  {coverage.unchecked.slice(-MOST).reverse().map((gap) => (
                    <li key={`${gap.unit} ${gap.from}`}>
                      {t('stream.unchecked_line', {
                        s: lasting(Math.round((gap.to - gap.from) * 10) / 10),
                        unit: say('stream.unit', gap.unit),
                        time: clock(gap.from),
                        cause: say('cause', gap.cause),
                      })}
                    </li>
                  ))}
                </ul>
              </>
            )}
          </>
        )}
      </div>
    </section>
  )
}
