-- Sliding windows, all checks of one tick in one call. The twin of seawall/windows.py: its rules
-- and its packed form hold here word for word, and a property test holds the two equal.
--
-- KEYS     the windows of this call, each once
-- ARGV[1]  now in ms since the epoch, or "" for the server's own time
-- ARGV[2]  the specs, 11 bytes each: mode 1, limit 4, per in ms 6
-- ARGV[3]  the checks, 8 bytes each: place in KEYS 1, place among the specs 1, member digest
--          6; places count from 1
-- reply    one signed count a check
--
-- One read and one write a window, however many checks ask it: crossing into the server is what costs.
local EXACT, BUCKETS = 128, 32
local HITS_ACCEPTED, HITS_ATTEMPTED, DISTINCT_ACCEPTED, PEEK = 0, 1, 2, 4
-- Valkey 9.1 and Redis 8.4 write many keys with one expiry at once, a third cheaper than one by one.
local MSETEX = (redis.VALKEY_VERSION_NUM or 0) >= 0x00090100
  or (redis.REDIS_VERSION_NUM or 0) >= 0x00080400
local find, sub, floor, ceil, max = string.find, string.sub, math.floor, math.ceil, math.max
local pack, unpack_bytes = struct.pack, struct.unpack

local now, slack
if ARGV[1] == '' then
  local time = redis.call('TIME')
  now, slack = time[1] * 1000 + floor(time[2] / 1000), 1000
else
  -- A time that is told need not run with the clock that expires keys: keep them a while longer.
  now, slack = tonumber(ARGV[1]), 60000
end
local now_bytes = pack('>I6', now)

local function int(state, at)
  return (unpack_bytes('>I6', state, at))
end

-- Offsets count from 1 here. The first of the entries before `stop` made after `dead`, or `stop`.
local function first_after(state, stop, dead)
  if stop == 1 or int(state, 1) > dead then return 1 end
  local low, high = 1, (stop - 1) / 12
  while low < high do
    local middle = floor((low + high) / 2)
    if int(state, middle * 12 + 1) > dead then high = middle else low = middle + 1 end
  end
  return low * 12 + 1
end

-- The entries before `stop` made `delta` ms earlier, at the epoch at the earliest.
local function moved_back(state, stop, delta)
  local entries = {}
  for at = 1, stop - 12, 12 do
    entries[#entries + 1] = pack('>I6', max(int(state, at) - delta, 0))
    entries[#entries + 1] = sub(state, at + 6, at + 11)
  end
  return table.concat(entries)
end

-- Each step returns the answer and what to record (nil: nothing).
local function step_log(state, mode, limit, per, member)
  local stop = #state + 1
  if stop % 12 ~= 1 then state, stop = '', 1 end
  local at, at_bytes, first, moved = now, now_bytes, 1, nil
  if stop > 1 then
    local last = int(state, stop - 12)
    if last - now > per and mode ~= PEEK then
      moved = moved_back(state, stop, last - now)
      state = moved
    elseif last > at then
      at, at_bytes = last, sub(state, stop - 12, stop - 7)
    end
    first = first_after(state, stop, at - per)
  end
  local count = (stop - first) / 12
  if mode == PEEK then return count <= limit and count or -count end
  local accepted = mode == HITS_ACCEPTED or mode == DISTINCT_ACCEPTED
  local found = find(state, member, first + 6, true)
  while found and found % 12 ~= 7 do found = find(state, member, found + 1, true) end
  if found then
    local answer = (accepted or count <= limit) and count or -count
    if mode <= HITS_ATTEMPTED then return answer, moved end
    return answer, sub(state, first, found - 7) .. sub(state, found + 6) .. at_bytes .. member
  end
  if accepted and count >= limit then return -(count + 1), moved end
  if count > limit then
    first = first + (count - limit) * 12
    count = limit
  end
  if first > 1 then state = sub(state, first) end
  return count < limit and count + 1 or -(count + 1), state .. at_bytes .. member
end

local function step_buckets(state, mode, limit, per)
  local width = ceil(per / BUCKETS)
  if #state % 12 ~= 6 then state = '\0\0\0\0\0\0' end
  local stop = #state - 5
  local total = int(state, stop)
  local at, at_bytes, newest, count, moved = now, now_bytes, 0, 0, nil
  if stop > 1 then
    newest = int(state, stop - 12)
    if newest - now > per and mode ~= PEEK then
      moved = moved_back(state, stop, newest - now) .. sub(state, stop)
      state, newest = moved, now
    elseif newest > at then
      at, at_bytes = newest, sub(state, stop - 12, stop - 7)
    end
  end
  local first = first_after(state, stop, at - per - width + 1)
  if first < stop then count = total - int(state, first + 6) end
  if mode == PEEK then
    return count <= limit and count or -(limit + 1)
  end
  if mode == HITS_ACCEPTED and count >= limit then return -(count + 1), moved end
  local kept = sub(state, first, stop - 1)
  if first == stop or at - newest >= width then kept = kept .. at_bytes .. pack('>I6', total) end
  return count < limit and count + 1 or -(limit + 1), kept .. pack('>I6', total + 1)
end

local modes, limits, pers = {}, {}, {}
for spec = 1, #ARGV[2] / 11 do
  modes[spec], limits[spec], pers[spec] = unpack_bytes('>BI4I6', ARGV[2], spec * 11 - 10)
end
local states = redis.call('MGET', unpack(KEYS))
local ttls, counts = {}, {}
for i = 1, #ARGV[3] / 8 do
  local slot, spec, member = unpack_bytes('>BBc6', ARGV[3], i * 8 - 7)
  local mode, limit, per = modes[spec], limits[spec], pers[spec]
  local state, step = states[slot] or '', step_log
  if mode == PEEK then
    if #state % 12 == 6 then step = step_buckets end
  elseif limit > EXACT and mode <= HITS_ATTEMPTED then
    step = step_buckets
  end
  local count, after = step(state, mode, limit, per, member)
  counts[i] = count
  if after then
    states[slot] = after
    local ttl = per + ceil(per / BUCKETS) + slack
    if ttl > (ttls[slot] or 0) then ttls[slot] = ttl end
  end
end

local by_ttl = {}
for slot, ttl in pairs(ttls) do
  local call = by_ttl[ttl]
  if not call then
    call = { 'MSETEX', 0 }
    by_ttl[ttl] = call
  end
  local size = #call
  call[2], call[size + 1], call[size + 2] = call[2] + 1, KEYS[slot], states[slot]
end
for ttl, call in pairs(by_ttl) do
  local size = #call
  if MSETEX then
    call[size + 1], call[size + 2] = 'PX', ttl
    redis.call(unpack(call))
  else
    for at = 3, size, 2 do redis.call('SET', call[at], call[at + 1], 'PX', ttl) end
  end
end
return counts
