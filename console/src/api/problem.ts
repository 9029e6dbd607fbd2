// What goes wrong between the console and the gateway, in one type, and how it is said.
import { say, t, type Key } from '../i18n'

/** A request that was not carried out. `stands` is what holds instead, where the gateway told it. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly stands: unknown
  readonly retryAfter: number | null

  constructor(status: number, code: string, message: string, stands: unknown = null, retryAfter: number | null = null) {
    super(message)
    this.status = status
    this.code = code
    this.stands = stands
    this.retryAfter = retryAfter
  }
}

/** Nothing came back: no network, or the gateway is gone. */
export const UNREACHABLE = 'unreachable'
/** No answer in time. It may have happened all the same. */
export const OVERDUE = 'overdue'

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Read a problem (RFC 9457) out of an answer; an answer of another shape gets a code of its status. */
export function problemOf(status: number, body: unknown, retryAfter: string | null = null): Problem {
  const seconds = retryAfter === null ? NaN : Number(retryAfter)
  const wait = Number.isFinite(seconds) ? seconds : null
  if (!isRecord(body)) return new Problem(status, `http_${status}`, '', null, wait)
  const code = typeof body['code'] === 'string' ? body['code'] : `http_${status}`
  const detail = typeof body['detail'] === 'string' ? body['detail'] : ''
  // Where an answer says no code it is itself what stands: a hold that somebody else has ended.
  const stands = body['stands'] ?? (typeof body['code'] === 'string' ? null : body)
  return new Problem(status, code, detail, stands, wait)
}

const BY_STATUS: Record<number, Key> = {
  401: 'problem.signed_out',
  403: 'problem.forbidden',
  404: 'problem.not_found',
  412: 'problem.changed',
  413: 'problem.too_large',
  429: 'problem.throttled',
  503: 'problem.record',
}

/** Say a problem in the reader's language: by its code, else by its status, else in the gateway's words. */
export function explain(problem: unknown): string {
  if (!(problem instanceof Problem)) return t('problem.unknown')
  const words = say('problem', problem.code)
  const wait = Math.ceil(problem.retryAfter ?? 0)
  if (problem.code === 'throttled' || (problem.status === 429 && words === problem.code)) {
    return wait > 1 ? t('problem.throttled_for', { s: wait }) : t('problem.throttled')
  }
  if (words !== problem.code) return words
  const key = BY_STATUS[problem.status]
  if (key) return t(key)
  return problem.message || t('problem.unknown')
}
