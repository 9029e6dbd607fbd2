// Generated from gateway/shapes by `python -m docs.generate`; do not edit.

export interface ActBody {
  target: "message" | "user"
  id: string
  kind: string
  for_s?: number | null
  rev?: number | null
  lift?: boolean
  reason?: string
}

export interface Acted {
  stream: string
  by: string
  at: number
  event: string
  commands: Action[]
}

export interface Action {
  target: Target
  kind: string
  for_s?: number | null
}

export interface ActionBody {
  action: "blur" | "cut" | "keep" | "lift" | "mute_audio" | "mute_video" | "warn"
  kind?: "blur" | "cut" | "mute_audio" | "mute_video" | null
  for_s?: number | null
  room?: string
  reason?: string
}

export interface Alive {
  status: string
}

export interface AssignBody {
  to: string | null
}

export interface AuditLine {
  id: string
  at: number
  who: string
  via: string
  what: string
  target: string
  detail: Record<string, string>
}

export interface AuditPage {
  items: AuditLine[]
  next: string | null
}

export interface BulkBody {
  cases: string[]
  choice: string
  preview: string
  for_s?: number | null
  reason?: string
}

export interface BulkPreview {
  token: string
  cases: number
  preview: Preview
  skipped: Record<string, string>
}

export interface BulkPreviewBody {
  cases: string[]
  choice: string
  for_s?: number | null
}

export interface Bye {
  type: "bye"
  why: string
  retry_after: number | null
}

export interface CaseLine {
  id: string
  state: "claimed" | "decided" | "escalated" | "expired" | "open" | "resolved" | "second"
  about: "command" | "gateway" | "hold" | "report" | "verdict"
  queue: string
  priority: string
  severity: string
  category: string
  rule: string
  score: number
  room: string
  user: string
  name: string
  stream: string
  surface: string
  lang: string
  because: string
  opened: number
  latest: number
  changed: number
  due: number | null
  nobody: string
  viewers: number
  rank: number
  members: number
  users: number
  sealed: boolean
  claimed_by: string
  claim_until: number | null
  assigned: string
  asked_by: string
  decision: string
  choice: string
  decided_by: string
  decided: number | null
  version: number
}

export interface CaseLines {
  type: "cases"
  items: CaseLine[]
  at: number
}

export interface CaseNoted {
  type: "noted"
  case: string
  note: Note
}

export interface CasePage {
  items: CaseLine[]
  next: string | null
}

export interface CaseView {
  case: CaseLine
  choices: Choice[]
  members: MemberPage
  context: ContextLine[]
  notes: Note[]
  who: UserView | null
  notice: string | null
  detectors: string[]
  veto_until: number | null
  blind: boolean
}

export interface Channel {
  name: string
  kind: "console" | "mail" | "slack" | "webhook"
  url?: string
  secret?: string
  host?: string
  user?: string
  sender?: string
  to?: string
  tls?: "implicit" | "none" | "starttls"
  on?: boolean
  failing?: string
}

export interface Channels {
  channels: Channel[]
  version: number
  by: string
  at: number
}

export interface ChannelsBody {
  channels: Channel[]
}

export interface Choice {
  id: string
  key: string
  effects: Effect[]
  restricts: boolean
  timed: boolean
  for_s: number | null
  confirm: boolean
  denied: string
}

export interface Clip {
  tenant: string
  event: string
  rev: number
  stream: string
  container: string
  ring: string
  from_: number
  to: number
  offset: number
  bytes: number
  segments: Segment[]
  sha256: string
}

export interface ContextLine {
  event: string
  rev: number
  at: number
  user: string
  name: string
  text: string
  action: string
  mine: boolean
}

export interface CountLine {
  name: string
  count: number
}

export interface Coverage {
  type: "coverage"
  stream: string
  from: number
  to: number
  speech: number
  frames: number
  unchecked: Unchecked[]
  voiced?: number
}

export interface CutShown {
  tenant: string
  stream: string
  event: string
  at: number
  captured: boolean
  ordered_s: number
  done_s: number | null
  dark_s: number | null
  times: number
  paged: boolean
}

export interface DecideBody {
  choice: string
  for_s?: number | null
  reason?: string
  preview?: string | null
}

export interface DecisionLine {
  id: string
  case: string
  at: number
  by: string
  choice: string
  reason: string
  state: string
  parts: number
  done: number
  failed: number
  undone_by: string
  undone: number | null
  machine: boolean
  room: string
  rule: string
  category: string
  action: string
  surface: string
  rev: number
}

export interface DecisionList {
  items: DecisionShown[]
}

export interface DecisionPage {
  items: DecisionLine[]
  next: string | null
}

export interface DecisionShown {
  decision: DecisionLine
  items: Part[]
  fresh: boolean
}

export interface DeliveryLine {
  id: string
  page: string
  channel: string
  person: string
  at: number
  state: "dead" | "dropped" | "sent" | "waiting"
  attempts: number
  next: number | null
  error: string
  sent: number | null
}

export interface DeliveryPage {
  items: DeliveryLine[]
  next: string | null
}

export interface DiffShown {
  old: string
  new: string
  lines: string[]
}

export interface DrillBody {
  person?: string | null
  channels?: string[]
}

export interface Effect {
  kind: string
  target: "message" | "room" | "stream" | "user"
  count: number
  for_s: number | null
}

export interface EscalateBody {
  reason: string
  queue?: string | null
}

export interface EvidenceShown {
  event: string
  rev: number
  stream: string
  category: string
  text: string
  created: number
  expires: number
  legal_hold: boolean
  still: boolean
  clip: Clip | null
}

export interface Finding {
  type: "finding"
  stream: string
  surface: "chat" | "comment" | "frame" | "post" | "profile" | "speech" | "title"
  from: number
  to: number
  action: string
  reasons: Reason[]
  late: boolean
  id?: string
  until?: number
}

export interface Greeting {
  type: "hello"
  gateway: string
  at: number
  version: string
}

export interface HandOverBody {
  to: string
  text?: string
}

export interface HeadList {
  items: Published[]
}

export interface Health {
  name: string
  says: string
}

export interface Hold {
  id: string
  rev: number
  room: string
  user: string
  name: string
  text: string
  rule: string
  category: string
  created: number
  expires: number
  outcome: "approved" | "denied" | "expired" | null
  by: string | null
  decided: number | null
}

export interface HoldDecided {
  id: string
  rev: number
  room: string
  user: string
  name: string
  text: string
  rule: string
  category: string
  created: number
  expires: number
  outcome: "approved" | "denied" | "expired" | null
  by: string | null
  decided: number | null
  fresh: boolean
}

export interface HoldList {
  items: Hold[]
  next: string | null
}

export interface Matrix {
  roles: Record<string, ("audit.read" | "cases.assign" | "cases.bulk" | "cases.claim" | "cases.decide" | "cases.read" | "decisions.read" | "decisions.undo" | "evidence.sealed" | "evidence.view" | "overview.read" | "pages.ack" | "pages.manage" | "pages.read" | "people.manage" | "people.read" | "policy.read" | "rooms.act" | "rooms.nuke" | "rooms.read" | "rooms.switch" | "streams.act")[]>
  queues: Record<string, Record<string, ("audit.read" | "cases.assign" | "cases.bulk" | "cases.claim" | "cases.decide" | "cases.read" | "decisions.read" | "decisions.undo" | "evidence.sealed" | "evidence.view" | "overview.read" | "pages.ack" | "pages.manage" | "pages.read" | "people.manage" | "people.read" | "policy.read" | "rooms.act" | "rooms.nuke" | "rooms.read" | "rooms.switch" | "streams.act")[]>>
  version: number
  by: string
  at: number
}

export interface MatrixBody {
  roles: Record<string, ("audit.read" | "cases.assign" | "cases.bulk" | "cases.claim" | "cases.decide" | "cases.read" | "decisions.read" | "decisions.undo" | "evidence.sealed" | "evidence.view" | "overview.read" | "pages.ack" | "pages.manage" | "pages.read" | "people.manage" | "people.read" | "policy.read" | "rooms.act" | "rooms.nuke" | "rooms.read" | "rooms.switch" | "streams.act")[]>
  queues?: Record<string, Record<string, ("audit.read" | "cases.assign" | "cases.bulk" | "cases.claim" | "cases.decide" | "cases.read" | "decisions.read" | "decisions.undo" | "evidence.sealed" | "evidence.view" | "overview.read" | "pages.ack" | "pages.manage" | "pages.read" | "people.manage" | "people.read" | "policy.read" | "rooms.act" | "rooms.nuke" | "rooms.read" | "rooms.switch" | "streams.act")[]>>
}

export interface Member {
  event: string
  rev: number
  about: "command" | "gateway" | "hold" | "report" | "verdict"
  ref: string
  room: string
  user: string
  name: string
  surface: string
  stream: string
  action: string
  rule: string
  score: number
  at: number
  ended: boolean
  kept: boolean
  text: string | null
  spans: Span[]
  still: boolean
  clip: boolean
}

export interface MemberPage {
  items: Member[]
  next: string | null
}

export interface MessageList {
  items: ContextLine[]
}

export interface Missed {
  type: "missed"
  topic: string
  count: number
}

export interface ModeratorBody {
  name: string
  roles: ("admin" | "analyst" | "auditor" | "lead" | "moderator")[]
  queues?: string[]
  langs?: string[]
  skills?: string[]
  email?: string
  totp?: boolean
}

export interface ModeratorChange {
  roles?: ("admin" | "analyst" | "auditor" | "lead" | "moderator")[] | null
  queues?: string[] | null
  langs?: string[] | null
  skills?: string[] | null
  email?: string | null
  disabled?: boolean | null
  reset?: boolean
  totp?: boolean | null
}

export interface ModeratorList {
  items: ModeratorShown[]
}

export interface ModeratorMade {
  moderator: ModeratorShown
  password: string
  otpauth: string
}

export interface ModeratorShown {
  name: string
  pseudonym: string
  roles: ("admin" | "analyst" | "auditor" | "lead" | "moderator")[]
  queues: string[]
  langs: string[]
  skills: string[]
  email: string
  created: number
  disabled: number | null
  totp: boolean
  here: boolean
  version: number
}

export interface Note {
  id: string
  at: number
  kind: string
  by: string
  to: string
  text: string
}

export interface NoteBody {
  text: string
}

export interface NukeBody {
  phrase: string
  action?: "ban" | "mute" | "remove"
  room?: string | null
  back_s?: number
  ahead_s?: number
  for_s?: number | null
  most?: number
  reason?: string
  preview?: string | null
}

export interface NukeList {
  items: NukeShown[]
}

export interface NukePreview {
  token: string
  effects: Effect[]
  messages: number
  users: number
  rooms: number
  exempt: number
  share: number
  sample: ContextLine[]
  refused: string
}

export interface NukeShown {
  id: string
  room: string
  phrase: string
  action: string
  for_s: number | null
  at: number
  since: number
  until: number
  most: number
  hits: number
  by: string
  reason: string
  ended: number | null
  ended_by: string
  decision: DecisionLine | null
}

export interface OnCall {
  queue: string
  people: string[]
  shift: string
  until: number | null
}

export interface OnCallList {
  items: OnCall[]
  at: number
}

export interface Override {
  person: string
  start: number
  end: number
  queues?: string[]
}

export interface Overview {
  at: number
  since: number
  messages: number
  messages_rate: number
  verdicts: Record<string, number>
  rules: CountLine[]
  categories: CountLine[]
  latency_ms: Record<string, number>
  open: Record<string, number>
  opened: number
  decided: number
  expired: number
  handling_s: number | null
  first_s: number | null
  overturned: number | null
  hours: number[][]
  streams: number
  connections: number
  consoles: number
  coverage: number | null
  degraded: Health[]
  on_call: string[]
}

export interface OverviewTold {
  type: "overview"
  overview: Overview
}

export interface PageLine {
  id: string
  case: string
  priority: string
  why: string
  at: number
  state: "acked" | "closed" | "exhausted" | "open" | "quiet"
  step: number
  person: string
  next: number | null
  acked_by: string
  acked: number | null
}

export interface PagePage {
  items: PageLine[]
  next: string | null
}

export interface Paged {
  type: "page"
  page: PageLine
  ring: boolean
}

export interface Part {
  n: number
  kind: string
  target: "message" | "room" | "stream" | "user"
  room: string
  id: string
  rev: number | null
  for_s: number | null
  state: string
  why: string
}

export interface PasswordBody {
  old: string
  new: string
}

export interface Pending {
  event: string
  rev: number
  rule: string
  until: number
  nobody: string
}

export interface PolicyShown {
  version: string
  rules: RuleLine[]
  files: Record<string, string>
}

export interface PolicyVersion {
  version: string
  at: number
  by: string
  live: boolean
  note: string
}

export interface PolicyVersions {
  items: PolicyVersion[]
}

export interface Preview {
  token: string
  choice: string
  effects: Effect[]
  users: number
  messages: number
  rooms: number
  exempt: number
  sample: ContextLine[]
  refused: string
}

export interface Published {
  writer: string
  seq: number
  hash: string
  at: number
}

export interface QueueLine {
  queue: string
  open: number
  claimed: number
  escalated: number
  by_priority: Record<string, number>
  oldest: number | null
  soonest: number | null
}

export interface QueueList {
  items: QueueLine[]
}

export interface Queues {
  type: "queues"
  items: QueueLine[]
}

export interface Quiet {
  days: ("fri" | "mon" | "sat" | "sun" | "thu" | "tue" | "wed")[]
  start: string
  end: string
  zone: string
  but?: ("p0" | "p1" | "p2" | "p3")[]
}

export interface Readiness {
  ready: boolean
  problems: string[]
  degraded: string[]
  because: Record<string, string>
  policy: string
  connections: number
  load: string
  turned_away: number
  loop_lag_ms: number
}

export interface Reason {
  rule: string
  category: string
  severity: string
  score?: number
  span?: [number, number] | null
  detector?: string
}

export interface Restriction {
  kind: string
  room: string
  until: number | null
  because: string
  by: string
}

export interface RevertBody {
  rev?: number
  reason?: string
}

export interface Reverted {
  event: string
  rev: number
  by: string
  at: number
  reason: string
  fresh: boolean
  hold: string | null
  commands: Action[]
  labels: number
  strikes: number
}

export interface RoomLine {
  room: string
  topic: string
  viewers: number
  messages: number
  restricted: number
  cases: number
  streams: string[]
  switches: string[]
  latest: number
}

export interface RoomLines {
  type: "messages"
  room: string
  items: ContextLine[]
  skipped: number
}

export interface RoomList {
  items: RoomLine[]
}

export interface RoomShown {
  line: RoomLine
  switches: Switch[]
  messages: ContextLine[]
}

export interface RoomSwitches {
  type: "switches"
  room: string
  items: Switch[]
}

export interface Rota {
  rota: RotaBody
  version: number
  by: string
  at: number
}

export interface RotaBody {
  shifts: Shift[]
  overrides?: Override[]
  steps?: Step[]
  quiet?: Quiet[]
  pages?: ("p0" | "p1" | "p2" | "p3")[]
  storm?: number
}

export interface RuleLine {
  name: string
  category: string
  severity: string
  stage: string
  percent: number
  on: string[]
  then: string[]
  case: string
  file: string
  line: number
  source: string
  hits: number
  eased: string
}

export interface SecondBody {
  question: string
  choice?: string
}

export interface Segment {
  number: number
  pieces: number
  bytes: number
}

export interface SessionShown {
  tenant: string
  name: string
  pseudonym: string
  roles: ("admin" | "analyst" | "auditor" | "lead" | "moderator")[]
  permissions: ("audit.read" | "cases.assign" | "cases.bulk" | "cases.claim" | "cases.decide" | "cases.read" | "decisions.read" | "decisions.undo" | "evidence.sealed" | "evidence.view" | "overview.read" | "pages.ack" | "pages.manage" | "pages.read" | "people.manage" | "people.read" | "policy.read" | "rooms.act" | "rooms.nuke" | "rooms.read" | "rooms.switch" | "streams.act")[]
  queues: string[]
  langs: string[]
  skills: string[]
  settings: Settings
  csrf: string
  socket: string
  now: number
  expires: number
  totp: boolean
  on_call: boolean
}

export interface Settings {
  theme?: "dark" | "light" | "system"
  language?: "de" | "en" | "system"
  blur?: boolean
  grey?: boolean
  muted?: boolean
  sound?: boolean
  desktop?: boolean
}

export interface Shift {
  name: string
  people: string[]
  days: ("fri" | "mon" | "sat" | "sun" | "thu" | "tue" | "wed")[]
  start: string
  end: string
  zone: string
  first: string
  rotate?: "daily" | "never" | "weekly"
  queues?: string[]
}

export interface SignInBody {
  tenant: string
  name: string
  password: string
  code?: string
}

export interface Span {
  start: number
  end: number
  rule: string
  category: string
}

export interface Step {
  who: string
  channels: string[]
  ack_s?: number
  times?: number
}

export interface StreamEnded {
  type: "stream_ended"
  stream: string
}

export interface StreamFinding {
  type: "finding"
  stream: string
  finding: Finding
}

export interface StreamRestriction {
  kind: string
  until: number | null
  because: string
}

export interface StreamShown {
  stream: string
  room: string
  user: string
  server: string
  container: string
  opened_at: number
  connected: boolean
  viewers: number
  quiet_s: number
  offset_s: number
  findings: number
  last: Finding | null
  restrictions: StreamRestriction[]
  pending: Pending | null
  coverage: Coverage | null
}

export interface StreamTold {
  type: "stream"
  stream: StreamShown
  frame: number | null
}

export interface StreamsShown {
  items: StreamShown[]
  cuts: CutShown[]
}

export interface Switch {
  name: string
  switch: boolean | null
  until: number | null
  by: string
  in_force: boolean
  ends: number | null
}

export interface SwitchBody {
  on: boolean
  for_s?: number | null
}

export interface SwitchList {
  items: Switch[]
}

export interface Target {
  kind: "message" | "room" | "stream" | "user"
  room?: string | null
  id?: string | null
  rev?: number | null
}

export interface Unchecked {
  from: number
  to: number
  unit: string
  cause: string
}

export interface UndoBody {
  reason?: string
}

export interface Unwatch {
  type: "unwatch"
  topic: string
}

export interface UserView {
  user: string
  name: string
  strikes: number
  restrictions: Restriction[]
  verdicts: Record<string, number>
  decisions: DecisionLine[]
  cases: number
  reverted: number
  since: number | null
}

export interface VetoBody {
  reason?: string
}

export interface Vetoed {
  stream: string
  event: string
  rev: number
  by: string
}

export interface Viewers {
  type: "viewers"
  case: string
  names: string[]
}

export interface Watch {
  type: "watch"
  topic: string
}
