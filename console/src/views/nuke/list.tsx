// Nukes that run and that ran: what they hit, who started and ended them, stop, exact undo.
import { useState } from 'preact/hooks'
import { path, post } from '../../api/client'
import type { NukeList, NukeShown } from '../../api/shapes'
import type { Asked } from '../../api/use'
import { now, second } from '../../frame/clock'
import { address } from '../../frame/route'
import { count, say, t } from '../../i18n'
import { lasting, number, when } from '../../i18n/formats'
import { Button } from '../../parts/button'
import { Chip } from '../../parts/marks'
import { Name, Quoted } from '../../parts/quoted'
import { Show } from '../../parts/state'
import { toastProblem } from '../../parts/toast'
import { Confirm } from '../kit/confirm'
import { Left } from '../kit/left'

export function Nukes({ nukes }: { nukes: Asked<NukeList> }) {
  const [undoing, setUndoing] = useState<NukeShown | null>(null)
  const put = (shown: NukeShown): void =>
    nukes.set((old) => old && { items: old.items.map((each) => (each.id === shown.id ? shown : each)) })
  const stop = (nuke: NukeShown): void => {
    post<NukeShown>(path('nukes', nuke.id, 'stop')).then(put, toastProblem)
  }
  return (
    <section class="below">
      <h2>{t('nuke.list')}</h2>
      <Show asked={nukes}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="nothing">{t('nuke.list_empty')}</p>
          ) : (
            <table class="table">
              <thead>
                <tr>
                  <th scope="col">{t('nuke.started')}</th>
                  <th scope="col">{t('nuke.phrase')}</th>
                  <th scope="col">{t('nuke.where')}</th>
                  <th scope="col">{t('nuke.action')}</th>
                  <th scope="col" class="number">{t('nuke.hits')}</th>
                  <th scope="col">{t('nuke.state')}</th>
                  <th scope="col"><span class="unseen">{t('v2.actions')}</span></th>
                </tr>
              </thead>
              <tbody>
                {items.map((nuke) => (
                  <Line key={nuke.id} nuke={nuke} stop={() => stop(nuke)} undo={() => setUndoing(nuke)} />
                ))}
              </tbody>
            </table>
          )
        }
      </Show>
      {undoing ? (
        <Confirm
          title={t('nuke.undo_title')}
          yes={t('nuke.undo')}
          danger={false}
          close={() => setUndoing(null)}
          reason
          run={async (reason) => {
            put(await post<NukeShown>(path('nukes', undoing.id, 'undo'), { reason }))
          }}
        >
          <blockquote class="cited"><Quoted text={undoing.phrase} /></blockquote>
          <p>{count('nuke.undo_help', undoing.decision?.done ?? undoing.hits)}</p>
        </Confirm>
      ) : null}
    </section>
  )
}

function Line({ nuke, stop, undo }: { nuke: NukeShown; stop: () => void; undo: () => void }) {
  void second.value
  const runs = nuke.ended === null && nuke.until > now()
  const undone = nuke.decision?.state === 'undone' || nuke.decision?.state === 'undoing'
  return (
    <tr>
      <td>
        {when(nuke.at)} <span class="faint">{t('v2.by', { name: nuke.by })}</span>
      </td>
      <td class="phrase"><Quoted text={nuke.phrase} most={80} lines={2} /></td>
      <td class="nowrap">{nuke.room ? <a class="link" href={address('room', [nuke.room])}><Name name={nuke.room} /></a> : t('nuke.every_room')}</td>
      <td>
        {say('choice', nuke.action)}
        {nuke.for_s === null ? null : <span class="faint"> {lasting(nuke.for_s)}</span>}
      </td>
      <td class="number nowrap">
        {number(nuke.hits)} <span class="faint">/ {number(nuke.most)}</span>
      </td>
      <td>
        {undone ? (
          <Chip>{t('nuke.undone', { name: nuke.decision?.undone_by ?? '' })}</Chip>
        ) : runs ? (
          <span class="chips"><Chip tone="warn">{t('nuke.running')}</Chip> <Left until={nuke.until} /></span>
        ) : nuke.ended_by ? (
          <Chip>{t('nuke.stopped', { name: nuke.ended_by })}</Chip>
        ) : (
          <Chip>{t('nuke.ended')}</Chip>
        )}
      </td>
      <td class="tools">
        {runs && !undone ? <Button run={stop} small>{t('nuke.stop')}</Button> : null}
        {!undone ? <Button run={undo} small>{t('nuke.undo')}</Button> : null}
      </td>
    </tr>
  )
}
