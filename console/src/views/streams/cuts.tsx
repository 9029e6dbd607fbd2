// The last cuts, and how long each took until the stream was dark.
import type { CutShown } from '../../api/shapes'
import { t } from '../../i18n'
import { number, when } from '../../i18n/formats'
import { Chip } from '../../parts/marks'
import { Name } from '../../parts/quoted'

const seconds = (s: number | null): string => (s === null ? '–' : `${number(s, 2)} s`)

export function Cuts({ cuts }: { cuts: CutShown[] }) {
  return (
    <section class="below">
      <h2>{t('streams.cuts')}</h2>
      {cuts.length === 0 ? (
        <p class="nothing">{t('streams.cuts_empty')}</p>
      ) : (
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{t('streams.cut_at')}</th>
              <th scope="col">{t('streams.stream')}</th>
              <th scope="col" class="number">{t('streams.cut_ordered')}</th>
              <th scope="col" class="number">{t('streams.cut_done')}</th>
              <th scope="col" class="number">{t('streams.cut_dark')}</th>
              <th scope="col" class="number">{t('streams.cut_times')}</th>
              <th scope="col"><span class="unseen">{t('streams.remarks')}</span></th>
            </tr>
          </thead>
          <tbody>
            {cuts.map((cut) => (
              <tr key={cut.event}>
                <td>{when(cut.at)}</td>
                <td><Name name={cut.stream} /></td>
                <td class="number">{seconds(cut.captured ? cut.ordered_s : null)}</td>
                <td class="number">{seconds(cut.done_s)}</td>
                <td class="number">{cut.dark_s === null ? <Chip tone="warn">{t('streams.still_bytes')}</Chip> : <strong>{seconds(cut.dark_s)}</strong>}</td>
                <td class="number">{cut.times}</td>
                <td>
                  <span class="chips">
                    {cut.captured ? null : <Chip>{t('streams.by_order')}</Chip>}
                    {cut.paged ? <Chip tone="warn">{t('streams.paged')}</Chip> : null}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
