// Who is called first now, and who after them, for each queue.
import { path } from '../../api/client'
import type { OnCallList } from '../../api/shapes'
import { useAsked } from '../../api/use'
import { address } from '../../frame/route'
import { may, me } from '../../frame/session'
import { t } from '../../i18n'
import { when } from '../../i18n/formats'
import { Link } from '../../parts/button'
import { Icon } from '../../parts/icon'
import { Name } from '../../parts/quoted'
import { Empty, Show } from '../../parts/state'
import { usePoll } from '../kit/poll'

const ANEW_S = 30

export function NowOnCall() {
  const asked = useAsked<OnCallList>(path('oncall'))
  usePoll(asked.reload, ANEW_S)
  return (
    <section aria-label={t('paging.on_call')}>
      <h2 class="section">{t('paging.on_call')}</h2>
      <Show asked={asked}>
        {({ items }) =>
          items.every((one) => one.people.length === 0) ? (
            <div class="panel">
              <Empty title={t('paging.nobody')}>
                {t('paging.nobody_help')} {may('pages.manage') ? <Link to={address('paging', ['rota'])}>{t('overview.set_rota')}</Link> : null}
              </Empty>
            </div>
          ) : (
            <ul class="on-call">
              {items.filter((one) => one.people.length > 0).map((one) => (
                <li key={one.queue} class="panel">
                  <p class="hint">
                    {one.queue === '' ? t('paging.every_queue') : <Name name={one.queue} />}
                    {one.shift ? <> · <Name name={one.shift} /></> : null}
                  </p>
                  <p class={one.people[0] === me() ? 'first mine' : 'first'}>
                    <Icon name="bell" /> <Name name={one.people[0] ?? ''} />
                    {one.people[0] === me() ? <span class="faint">({t('nav.on_call.you')})</span> : null}
                  </p>
                  {one.people.length > 1 ? <p class="soft">{t('paging.then', { names: one.people.slice(1).join(', ') })}</p> : null}
                  {one.until === null ? null : <p class="faint">{t('paging.until', { time: when(one.until) })}</p>}
                </li>
              ))}
            </ul>
          )
        }
      </Show>
    </section>
  )
}
