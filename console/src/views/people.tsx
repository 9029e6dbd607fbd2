// The tenant's accounts, and what each role may do.
import type { ViewProps } from '../frame/views'
import { t } from '../i18n'
import { Head } from '../parts/head'
import '../styles/views2.css'
import '../styles/people.css'
import { Tabs } from './kit/tabs'
import { Accounts } from './people/accounts'
import { RolesMatrix } from './people/roles'

export default function People({ parts }: ViewProps) {
  const part = parts[0] ?? 'accounts'
  return (
    <>
      <Head title={t('people.title')} />
      <Tabs
        view="people"
        label={t('people.title')}
        at={part}
        tabs={[
          { part: 'accounts', label: t('people.accounts') },
          { part: 'roles', label: t('people.roles') },
        ]}
      />
      {part === 'roles' ? <RolesMatrix /> : <Accounts />}
    </>
  )
}
