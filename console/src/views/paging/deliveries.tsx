// Each call over each channel: sent, waiting, or given up with a second chance.
import { useState } from 'preact/hooks'
import { path, post } from '../../api/client'
import type { DeliveryLine } from '../../api/shapes'
import { may } from '../../frame/session'
import { say, t } from '../../i18n'
import { lasting, when } from '../../i18n/formats'
import { Button } from '../../parts/button'
import { Chip } from '../../parts/marks'
import { Line, Name } from '../../parts/quoted'
import { scrolls } from '../../parts/scrolls'
import { Empty, Show } from '../../parts/state'
import { toastProblem } from '../../parts/toast'
import { useCursor } from '../kit/cursor'
import { Left } from '../kit/left'
import { More } from '../kit/more'
import { type Paged, usePaged } from '../kit/paged'
import { Segments } from '../kit/segments'

type Wanted = '' | DeliveryLine['state']
const TONES: Record<string, 'plain' | 'good' | 'bad' | 'warn'> = { waiting: 'warn', sent: 'good', dead: 'bad' }

export function Deliveries({ changed }: { changed: () => void }) {
  const [state, setState] = useState<Wanted>('')
  const list = usePaged<DeliveryLine>(path('deliveries'), { state })
  return (
    <>
      <div class="filters">
        <Segments<Wanted>
          label={t('paging.state')}
          value={state}
          set={setState}
          options={[
            { value: '', label: t('v2.all') },
            { value: 'waiting', label: say('dlv', 'waiting') },
            { value: 'sent', label: say('dlv', 'sent') },
            { value: 'dead', label: say('dlv', 'dead') },
          ]}
        />
      </div>
      <div class="page flush" {...scrolls(t('paging.deliveries'))}>
        <Show asked={list.asked}>
          {() =>
            list.items.length === 0 ? (
              <Empty title={t('paging.deliveries_empty')}>{t('paging.deliveries_empty_help')}</Empty>
            ) : (
              <>
                <Table list={list} changed={changed} />
                <More list={list} />
              </>
            )
          }
        </Show>
      </div>
    </>
  )
}

const keyOf = (line: DeliveryLine): string => line.id

function Table({ list, changed }: { list: Paged<DeliveryLine>; changed: () => void }) {
  const retry = (line: DeliveryLine): void => {
    post<DeliveryLine>(path('deliveries', line.id, 'retry')).then((shown) => {
      list.change((each) => (each.id === shown.id ? shown : each))
      changed()
    }, toastProblem)
  }
  const canRetry = (line: DeliveryLine): boolean => line.state === 'dead' && may('pages.manage')
  const cursor = useCursor({
    title: t('paging.deliveries'),
    items: list.items,
    keyOf,
    keys: (line) => (canRetry(line) ? [{ key: 'r', says: t('paging.retry'), run: () => retry(line) }] : []),
  })
  return (
    <table class="table rows">
      <thead>
        <tr>
          <th scope="col">{t('paging.at')}</th>
          <th scope="col">{t('paging.channel')}</th>
          <th scope="col">{t('paging.person')}</th>
          <th scope="col">{t('paging.state')}</th>
          <th scope="col" class="number">{t('paging.attempts')}</th>
          <th scope="col">{t('paging.error')}</th>
          <th scope="col"><span class="unseen">{t('v2.actions')}</span></th>
        </tr>
      </thead>
      <tbody>
        {list.items.map((line, index) => (
          <tr key={line.id} {...cursor.row(line)}>
            <td>{when(line.at)}</td>
            <td class="strong"><Name name={line.channel} /></td>
            <td><Name name={line.person} /></td>
            <td>
              <span class="chips">
                <Chip tone={TONES[line.state] ?? 'plain'}>{say('dlv', line.state)}</Chip>
                {line.sent !== null ? <span class="faint">{t('paging.sent_after', { time: lasting(Math.round((line.sent - line.at) * 10) / 10) })}</span> : null}
                {line.next !== null ? <span class="faint nowrap">{t('paging.again')} <Left until={line.next} /></span> : null}
              </span>
            </td>
            {/* Every gateway tells its own consoles: there is no try to count. */}
            <td class="number">{line.channel === 'console' ? '' : line.attempts}</td>
            <td class="soft"><Line text={line.error} most={160} /></td>
            <td class="tools">
              {canRetry(line) ? <Button run={() => retry(line)} small {...(index === cursor.at ? { keys: 'r' } : {})}>{t('paging.retry')}</Button> : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
