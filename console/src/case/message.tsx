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
import { Line, Name, Quoted } from '../parts/quoted'
import { Picture } from './picture'

export function Message(props: { line: CaseLine; member: Member }) {
  return props.member.about === 'report' ? <Reported {...props} /> : <Judged {...props} />
}

// A report: what it hits and why, and the words of whoever reported. Nobody judged those: there is no score.
function Reported({ line, member }: { line: CaseLine; member: Member }) {
  return (
    <article class="message" aria-label={t('about.report')}>
      <header>
        <b>
          {t('case.reported')} <Name name={member.ref} />
        </b>
        <time title={dateTime(member.at)}>{clock(member.at)}</time>
        <span class="push">
          <Name name={member.rule} />
        </span>
      </header>
      {member.text ? <h2 class="whose">{t('case.reporters_words')}</h2> : null}
      {member.text || line.sealed ? <Body line={line} member={member} /> : null}
    </article>
  )
}

function Judged({ line, member }: { line: CaseLine; member: Member }) {
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
            {member.rule} {member.score > 0 ? percent(member.score) : ''}
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
  return <p class="absent">{line.because ? <Line text={line.because} most={400} /> : t('case.no_text')}</p>
}
