// The ways to reach people, with how the last call over each went; edited as one document.
import { useState } from 'preact/hooks'
import { path } from '../../api/client'
import type { Channel, Channels, ChannelsBody } from '../../api/shapes'
import { may } from '../../frame/session'
import { t } from '../../i18n'
import { Button } from '../../parts/button'
import { Icon } from '../../parts/icon'
import { Chip } from '../../parts/marks'
import { Line, Name } from '../../parts/quoted'
import { scrolls } from '../../parts/scrolls'
import { Show } from '../../parts/state'
import { useEdited } from '../kit/edited'
import { SaveBar } from '../kit/savebar'
import { usePoll } from '../kit/poll'
import { ChannelDialog } from './channel'
import { replaced, without } from './rota'

const ANEW_S = 15
const bodyOf = (stands: Channels): ChannelsBody => ({ channels: stands.channels })

/** Which channel is being edited: its place, or the end of the list for a new one. */
export function ChannelsEditor() {
  const edited = useEdited<Channels, ChannelsBody>(path('channels'), bodyOf)
  const [at, setAt] = useState<number | null>(null)
  const fixed = !may('pages.manage')
  usePoll(edited.asked.reload, ANEW_S)
  const channels = edited.draft?.channels ?? []
  const put = (next: Channel[]): void => edited.set({ channels: next })
  const opened = at === null ? null : (channels[at] ?? NEW)
  return (
    <>
      <div class="filters">
        <span class="push" />
        {fixed ? null : (
          <Button run={() => setAt(channels.length)}>
            <Icon name="plus" /> {t('channels.add')}
          </Button>
        )}
      </div>
      <div class="page flush" {...scrolls(t('paging.channels'))}>
        <Show asked={edited.asked}>
          {() => <Table channels={channels} fixed={fixed} edit={setAt} remove={(index) => put(without(channels, index))} />}
        </Show>
      </div>
      {edited.asked.data ? <SaveBar stands={edited.asked.data} says={t('channels.save')} {...edited} /> : null}
      {opened && at !== null ? (
        <ChannelDialog
          channel={opened}
          taken={channels.filter((_, index) => index !== at).map((each) => each.name)}
          close={() => setAt(null)}
          keep={(channel) => put(at < channels.length ? replaced(channels, at, channel) : [...channels, channel])}
        />
      ) : null}
    </>
  )
}

const NEW: Channel = { name: '', kind: 'webhook', url: '', secret: '', host: '', user: '', sender: '', to: '', tls: 'starttls', on: true }

interface TableProps {
  channels: Channel[]
  fixed: boolean
  edit: (at: number) => void
  remove: (at: number) => void
}

function Table({ channels, fixed, edit, remove }: TableProps) {
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">{t('channels.name')}</th>
          <th scope="col">{t('channels.kind')}</th>
          <th scope="col">{t('channels.url')}</th>
          <th scope="col">{t('channels.state')}</th>
          <th scope="col">{t('paging.error')}</th>
          <th scope="col"><span class="unseen">{t('v2.actions')}</span></th>
        </tr>
      </thead>
      <tbody>
        {channels.map((channel, index) => (
          <tr key={channel.name}>
            <td class="strong"><Name name={channel.name} /></td>
            <td>{t(`channel.${channel.kind}`)}</td>
            <td class="soft">{channel.kind === 'console' ? t('channels.always') : <Line text={channel.url || channel.host || ''} most={60} />}</td>
            <td>{stateChip(channel)}</td>
            <td class="soft">{channel.failing ? <Line text={channel.failing} most={120} /> : null}</td>
            <td class="tools">
              {channel.kind === 'console' || fixed ? null : (
                <>
                  <Button run={() => edit(index)} small label={t('channels.edit', { name: channel.name })}>{t('people.edit_short')}</Button>
                  <Button run={() => remove(index)} small kind="quiet" label={`${t('v2.remove')}: ${channel.name}`} title={t('v2.remove')}><Icon name="close" /></Button>
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function stateChip(channel: Channel) {
  if (channel.on === false) return <Chip>{t('channels.off')}</Chip>
  return channel.failing ? <Chip tone="bad">{t('channels.failing')}</Chip> : <Chip tone="good">{t('channels.well')}</Chip>
}
