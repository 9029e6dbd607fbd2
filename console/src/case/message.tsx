// The event a case is about: who, when, what was done, and what was written with the matched pieces marked.
import { useRef } from 'preact/hooks'
import type { CaseLine, Member } from '../api/shapes'
import { address } from '../frame/route'
import { say, t } from '../i18n'
import { clock, dateTime, percent } from '../i18n/formats'
import { useKeys } from '../keys/use'
import { Link } from '../parts/button'
import { Icon } from '../parts/icon'
import { ActionChip } from '../parts/marks'
import { Name, Quoted } from '../parts/quoted'
import { Picture } from './picture'

export function Message({ line, member }: { line: CaseLine; member: Member }) {
  const still = useRef<(() => void) | null>(null)
  const clip = useRef<(() => void) | null>(null)
  const keyed = member.still || member.clip
  useKeys(t('case.evidence'), keyed ? [{ key: 'p', says: t('picture.key'), run: () => (member.still ? still : clip).current?.() }] : [])
  return (
    <article class="message" aria-label={t('case.message')}>
      <header>
        <b>
          {member.user ? (
            <Link to={address('decisions', [], { user: member.user })} title={member.user}>
              <Name name={member.name} id={member.user} />
            </Link>
          ) : (
            say('about', member.about)
          )}
        </b>
        <time title={dateTime(member.at)}>{clock(member.at)}</time>
        {member.surface && member.surface !== 'chat' ? <span class="faint">{say('surface', member.surface)}</span> : null}
        <span class="push">
          <span class="faint" title={t('case.score')}>
            {member.rule} {percent(member.score)}
          </span>
          <ActionChip action={member.action} />
        </span>
      </header>
      <Body line={line} member={member} />
      {member.still || member.clip ? (
        <div class="pictures">
          {member.still ? <Picture caseId={line.id} member={member} kind="still" keys="p" opener={still} key={`still ${member.event} ${member.rev}`} /> : null}
          {member.clip ? <Picture caseId={line.id} member={member} kind="clip" {...(member.still ? {} : { keys: 'p' })} opener={clip} key={`clip ${member.event} ${member.rev}`} /> : null}
        </div>
      ) : null}
    </article>
  )
}

function Body({ line, member }: { line: CaseLine; member: Member }) {
  if (member.text !== null && member.text !== '') return <Quoted key={member.event} text={member.text} spans={member.spans} />
  if (member.still || member.clip) return null
  if (line.sealed) return <p class="absent"><Icon name="lock" /> {t('case.sealed')}</p>
  if (!member.kept) return <p class="absent">{t('case.not_kept')}</p>
  return <p class="absent">{line.because || t('case.no_text')}</p>
}
