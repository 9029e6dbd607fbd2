// Who is called when a case is urgent: on call now, the rota, the channels, and what became of each call.
import { useState } from 'preact/hooks'
import { path, withQuery } from '../api/client'
import type { DeliveryPage } from '../api/shapes'
import { useAsked } from '../api/use'
import { may } from '../frame/session'
import type { ViewProps } from '../frame/views'
import { t } from '../i18n'
import { Button } from '../parts/button'
import { Head } from '../parts/head'
import '../styles/views2.css'
import '../styles/paging.css'
import { Tabs } from './kit/tabs'
import { ChannelsEditor } from './paging/channels'
import { Deliveries } from './paging/deliveries'
import { Drill } from './paging/drill'
import { NowOnCall } from './paging/now'
import { Pages } from './paging/pages'
import { RotaEditor } from './paging/editor'

export default function Paging({ parts }: ViewProps) {
  const part = parts[0] ?? 'now'
  const [drilling, setDrilling] = useState(false)
  const [turn, setTurn] = useState(0)
  const dead = useAsked<DeliveryPage>(withQuery(path('deliveries'), { state: 'dead', limit: 200 }))
  return (
    <>
      <Head title={t('paging.title')}>
        {may('pages.manage') ? <Button run={() => setDrilling(true)}>{t('paging.drill')}</Button> : null}
      </Head>
      <Tabs
        view="paging"
        label={t('paging.title')}
        at={part}
        tabs={[
          { part: 'now', label: t('paging.now') },
          { part: 'rota', label: t('paging.rota') },
          { part: 'channels', label: t('paging.channels') },
          { part: 'deliveries', label: t('paging.deliveries'), badge: dead.data?.items.length ?? 0 },
        ]}
      />
      {part === 'rota' ? (
        <RotaEditor />
      ) : part === 'channels' ? (
        <ChannelsEditor />
      ) : part === 'deliveries' ? (
        <Deliveries changed={dead.reload} />
      ) : (
        <div class="page">
          <NowOnCall />
          <Pages key={turn} />
        </div>
      )}
      {drilling ? <Drill close={() => setDrilling(false)} sent={() => setTurn((n) => n + 1)} /> : null}
    </>
  )
}
