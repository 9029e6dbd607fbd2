// The accounts: who has which roles, queues, languages and skills; adding and changing them.
import { useState } from 'preact/hooks'
import { path } from '../../api/client'
import type { ModeratorList, ModeratorMade, ModeratorShown } from '../../api/shapes'
import { useAsked } from '../../api/use'
import { may } from '../../frame/session'
import { t } from '../../i18n'
import { useKeys } from '../../keys/use'
import { Button } from '../../parts/button'
import { CheckField } from '../../parts/field'
import { Icon } from '../../parts/icon'
import { Chip } from '../../parts/marks'
import { Name } from '../../parts/quoted'
import { scrolls } from '../../parts/scrolls'
import { Empty, Show } from '../../parts/state'
import { useCursor } from '../kit/cursor'
import { Find } from '../kit/find'
import { usePoll } from '../kit/poll'
import { Account } from './account'
import { Handover } from './handover'

const ANEW_S = 30

export function Accounts() {
  const asked = useAsked<ModeratorList>(path('moderators'))
  const [words, setWords] = useState('')
  const [disabled, setDisabled] = useState(false)
  // A name is being edited; '' is a new account.
  const [edits, setEdits] = useState<string | null>(null)
  const [made, setMade] = useState<ModeratorMade | null>(null)
  const manages = may('people.manage')
  usePoll(asked.reload, ANEW_S)
  useKeys(t('people.accounts'), [{ key: 'n', says: t('people.add'), run: () => setEdits('') }], { off: !manages })
  const all = asked.data?.items ?? []
  const found = all.filter((one) => (disabled || one.disabled === null) && matches(one, words))
  const put = (shown: ModeratorShown): void => {
    asked.set((old) => {
      const items = old?.items ?? []
      const known = items.some((each) => each.name === shown.name)
      return { items: known ? items.map((each) => (each.name === shown.name ? shown : each)) : [...items, shown] }
    })
  }
  return (
    <>
      <div class="filters">
        <Find label={t('people.find')} value={words} set={setWords} />
        {all.some((one) => one.disabled !== null) ? <CheckField label={t('people.show_disabled')} checked={disabled} set={setDisabled} /> : null}
        <span class="push" />
        {manages ? (
          <Button run={() => setEdits('')} keys="n">
            <Icon name="plus" /> {t('people.add')}
          </Button>
        ) : null}
      </div>
      <div class="page flush" {...scrolls(t('people.title'))}>
        <Show asked={asked}>
          {() =>
            found.length === 0 ? (
              <Empty title={t('people.empty')}>{t('people.empty_help')}</Empty>
            ) : (
              <Table items={found} edit={manages ? setEdits : null} />
            )
          }
        </Show>
      </div>
      {edits === null ? null : (
        <Account
          stands={all.find((each) => each.name === edits) ?? null}
          close={() => setEdits(null)}
          done={(one) => {
            put(one.moderator)
            if (one.password || one.otpauth) setMade(one)
          }}
        />
      )}
      {made ? <Handover made={made} close={() => setMade(null)} /> : null}
    </>
  )
}

function matches(one: ModeratorShown, words: string): boolean {
  const asked = words.trim().toLowerCase()
  return asked === '' || [one.name, one.pseudonym, one.email, ...one.roles, ...one.queues, ...one.langs, ...one.skills].join(' ').toLowerCase().includes(asked)
}

const keyOf = (one: ModeratorShown): string => one.name

function Table({ items, edit }: { items: ModeratorShown[]; edit: ((name: string) => void) | null }) {
  const cursor = useCursor({
    title: t('people.accounts'),
    items,
    keyOf,
    ...(edit ? { open: { says: t('people.edit_short'), run: (one: ModeratorShown) => edit(one.name) } } : {}),
  })
  return (
    <table class="table rows">
      <thead>
        <tr>
          <th scope="col">{t('people.name')}</th>
          <th scope="col">{t('people.pseudonym')}</th>
          <th scope="col">{t('people.role')}</th>
          <th scope="col">{t('people.queues')}</th>
          <th scope="col">{t('people.langs')}</th>
          <th scope="col">{t('people.skills')}</th>
          <th scope="col">{t('people.totp')}</th>
          <th scope="col">{t('people.state')}</th>
          {edit ? <th scope="col"><span class="unseen">{t('v2.actions')}</span></th> : null}
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <tr key={one.name} {...cursor.row(one)} {...(edit ? { onDblClick: () => edit(one.name) } : {})}>
            <td class={one.disabled === null ? 'strong' : 'faint'}>
              <Name name={one.name} />
              {one.email ? <span class="under">{one.email}</span> : null}
            </td>
            <td class="soft"><Name name={one.pseudonym} /></td>
            <td>
              <span class="chips">{one.roles.map((role) => <Chip key={role} tone={role === 'admin' ? 'accent' : 'plain'}>{t(`role.${role}`)}</Chip>)}</span>
            </td>
            <td class="soft">{one.queues.length === 0 ? <span class="faint">{t('people.all_queues')}</span> : one.queues.join(', ')}</td>
            <td class="soft">{one.langs.join(', ')}</td>
            <td class="soft">{one.skills.join(', ')}</td>
            <td>{one.totp ? <span class="soft">{t('people.totp_on')}</span> : <Chip tone="warn">{t('people.totp_off')}</Chip>}</td>
            <td><Presence one={one} /></td>
            {edit ? (
              <td class="tools">
                <Button run={() => edit(one.name)} small label={t('people.edit', { name: one.name })}>{t('people.edit_short')}</Button>
              </td>
            ) : null}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Presence({ one }: { one: ModeratorShown }) {
  if (one.disabled !== null) return <span class="standing off"><span class="dot" aria-hidden="true" />{t('people.disabled')}</span>
  return (
    <span class={one.here ? 'standing live' : 'standing auto'}>
      <span class="dot" aria-hidden="true" />
      {one.here ? t('people.here') : t('people.away')}
    </span>
  )
}
