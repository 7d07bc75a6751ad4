-- One step of one worker at one bucket, first part: the books. What the worker says is entered, and what follows from
-- it and from the time that has passed; grant.lua goes on from here, in the same script.
--
-- The theory is in __init__.py; messages.py says what the arguments and the reply mean. Times are whole microseconds,
-- moments are of the bucket's own clock. KEYS[1] holds the whole bucket.

local key = KEYS[1]
local prefix, id, nonce, generation = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local numbers = {}
for i = 5, #ARGV do numbers[i] = tonumber(ARGV[i]) end
local version, seen, since, turn, batch, requests, window, late, lease, lead, held, want, received, pause, strikes,
  accepted, refused, young = unpack(numbers, 5, 22)
local REPORTS = 23
local ALL = 9007199254740992

local floor, ceil, min, max = math.floor, math.ceil, math.min, math.max

local HORIZON = min(50000, floor(window / 16))               -- a token is given out at most that early
local EARLY = min(5000, floor(window / 64))                  -- workers are asked to come that early
local PATIENCE = min(500000, max(20000, floor(window / 16))) -- who is that much too late is passed over
local SILENCE = min(2000000, max(50000, floor(window / 4)))  -- holders silent for so long are looked after
local COLD = min(40000, floor(window / 100))                 -- a new bucket is emptied in four parts, over so long
local LEAP = 250000                                          -- the clock may be this far from a worker's
local BEHIND = floor(requests / 2)                           -- tokens to be behind when one joins the line, at most
local GRID = requests > 256 and floor(window / 256) or 1     -- moments of return are rounded up to a multiple of this
local LONGEST = 3600000000                                   -- nobody waits for a longer pause: LONGEST_PAUSE
local MOST_ENTRIES = 16                                      -- of one worker in the line
local MOST_GROUPS = 16                                       -- of returns in the reply

-- A worker's record: tokens held, when it was heard of, its last turn and batch, how much it was served, when it means
-- to come, whether it failed to, when it was looked after, its lead; the version that sent it a token which it has not
-- said to have received (0 if there is none), and that token's return; the version of its last answer, and the returns of
-- the tokens it gave (pairs as in rest).
local HELD, HEARD, TURN, BATCH, LEVEL, TOLD, ABSENT, PROBED, AHEAD, SENT, SENT_REST, ANSWERED, GIVEN =
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13

local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function listens(worker)
  local counts = redis.pcall('PUBSUB', 'NUMSUB', prefix .. worker)
  return counts.err ~= nil or counts[2] > 0
end

-- A step that comes after a later one of its worker says nothing true any more.

local raw = redis.call('GET', key)
local s = raw and cmsgpack.unpack(raw)
if s and s.workers[id] and turn <= s.workers[id][TURN] then return false end

-- The clock never goes back, and does not leap ahead of what a worker's own clock says has passed.

local now = clock()
if s then
  now = now + s.shift
  if now < s.now then
    s.shift = s.shift + s.now - now
    now = s.now
  end
  if generation == s.generation then
    local leap = min(now - seen - since - floor(since / 1000) - LEAP, now - s.now)
    if leap > 0 then
      s.shift = s.shift - leap
      now = now - leap
    end
  end
end

local function call(worker, delay, at_version, tokens)
  local text = table.concat({key, delay, at_version, tokens, string.format('%.0f', now)}, ' ')
  return redis.call('PUBLISH', prefix .. worker, text) > 0
end

-- The bucket. If it does not remember what a worker remembers, data was lost: all tokens count as just used.

if not s then
  s = {
    generation = nonce, version = 0, now = now, shift = 0, born = now, full = 0, paused = 0, strikes = 0,
    refusals = 0, rest = {}, workers = {}, line = {}, floor = 0, next_floor = 0, mark = now, reserved = 0, moved = now,
  }
  if generation == '' and young > 0 then s.reserved, s.rest = now + young, {now + young, requests} end
end
local heard = generation == s.generation and version or 0
if generation ~= '' and ((generation ~= s.generation and s.full == 0)
    or (generation == s.generation and version > s.version)) then
  s.generation, s.full, s.reserved = nonce, 1, now + late + window
  s.rest = {s.reserved, requests}
end
local rest, line, workers = s.rest, s.line, s.workers

local function put_back(moment, count)
  local over = math.fmod(moment, GRID)
  if over > 0 then moment = moment + GRID - over end
  local i = #rest - 1
  while i >= 1 and rest[i] > moment do i = i - 2 end
  if i >= 1 and rest[i] == moment then
    rest[i + 1] = rest[i + 1] + count
  else
    table.insert(rest, i + 2, count)
    table.insert(rest, i + 2, moment)
  end
end

-- The worker's reports.

local me = workers[id]
if not me then
  me = {0, now, 0, -1, s.floor, 0, 0, 0, 0, 0, 0, 0, {}}
  workers[id] = me
end
if me[BATCH] ~= batch then
  if #ARGV >= REPORTS then s.moved = now end
  for i = REPORTS, #ARGV, 2 do
    if numbers[i] > 0 then put_back(now + numbers[i], numbers[i + 1]) end
  end
  if accepted == 1 then s.strikes = 0 end
  s.refusals = s.refusals + refused
end
if refused > 0 then s.strikes = max(s.strikes, strikes) end
local dismissed = false
if pause > 0 and (refused > 0 or generation ~= s.generation) and now + pause > s.paused then
  s.paused, dismissed = now + pause, pause > LONGEST
end
me[HELD], me[HEARD], me[TURN], me[BATCH], me[ABSENT], me[AHEAD] = held, now, turn, batch, 0, lead

-- What was given to it and did not reach it, it never used; but it rests as long as it would have.

if heard < me[ANSWERED] then
  for i = 1, #me[GIVEN], 2 do
    if me[GIVEN][i] > now then put_back(me[GIVEN][i], me[GIVEN][i + 1]) end
  end
end
me[GIVEN] = {}
if received == ALL and me[SENT] > 0 and me[SENT_REST] > now then put_back(me[SENT_REST], 1) end
if received >= me[SENT] then me[SENT] = 0 end
if me[SENT] > 0 then want = max(0, want - 1) end

local function held_by(it)
  return it[SENT] > 0 and it[HELD] + 1 or it[HELD]
end

-- Workers that died, or have been idle for long.

local waits, waiting = {}, 1
for i = 1, #line, 2 do
  if not waits[line[i]] then waiting = waiting + 1 end
  waits[line[i]] = true
end
for worker, it in pairs(workers) do
  if worker ~= id then
    local unheard = now - it[HEARD]
    if held_by(it) > 0 and unheard > SILENCE and now - it[PROBED] > SILENCE then
      it[PROBED] = now
      local alive = listens(worker)
      if not alive or unheard > lease then
        put_back(now + late + window, held_by(it))
        it[HELD], it[SENT], s.reserved = 0, 0, now + late + window
      end
      if not alive then workers[worker] = nil end
    elseif held_by(it) == 0 and not waits[worker] and unheard > 4 * window + lease then
      workers[worker] = nil
    elseif waits[worker] and it[TOLD] + PATIENCE < now then
      it[ABSENT] = 1
    end
  end
end

-- The line: who waits for how many tokens, in the order in which it was said. Nobody gets more than SLACK tokens ahead
-- of who is served least.

local SLACK = max(2, min(4, ceil(requests / 8)), floor(requests / 4 / max(4, waiting)))

local mine, entries, last = 0, 0, nil
for i = #line - 1, 1, -2 do
  if not workers[line[i]] then
    table.remove(line, i)
    table.remove(line, i)
  elseif line[i] == id then
    mine, entries = mine + line[i + 1], entries + 1
  end
end
if now - s.mark >= window / 2 then
  local low, high
  for worker, it in pairs(workers) do
    if not high or it[LEVEL] > high then high = it[LEVEL] end
    if waits[worker] and (not low or it[LEVEL] < low) then low = it[LEVEL] end
  end
  local level = max(s.next_floor, low or high)
  s.floor = now - s.mark >= window and level or s.next_floor
  s.next_floor, s.mark = level, now
end
if want > mine then
  if mine == 0 then
    local top = me[LEVEL]
    for _, it in pairs(workers) do top = max(top, it[LEVEL]) end
    me[LEVEL] = max(me[LEVEL], s.floor, top - BEHIND)
  end
  local i = #line - 1
  if entries >= MOST_ENTRIES then
    while line[i] ~= id do i = i - 2 end
  end
  if i >= 1 and line[i] == id then
    line[i + 1] = line[i + 1] + want - mine
  else
    table.insert(line, id)
    table.insert(line, want - mine)
  end
end
local surplus = mine - want
for i = #line - 1, 1, -2 do
  if surplus <= 0 then break end
  if line[i] == id then
    local gone = min(surplus, line[i + 1])
    surplus, line[i + 1] = surplus - gone, line[i + 1] - gone
    if line[i + 1] == 0 then
      table.remove(line, i)
      table.remove(line, i)
    end
  end
end

-- The tokens: those free now, and those at rest by the moment of their return. If more are out than there are, the
-- first ones to return pay for it.

local back = 0
while rest[back + 1] and rest[back + 1] <= now do back = back + 2 end
if back > 0 then
  local left = {}
  for i = back + 1, #rest do left[#left + 1] = rest[i] end
  rest = left
end
local free = requests
for i = 2, #rest, 2 do free = free - rest[i] end
for _, it in pairs(workers) do free = free - held_by(it) end
local known = free
for i = 2, #rest, 2 do known = known + rest[i] end
known = max(0, known)
local cold = now < s.born + COLD

local function moment_of(index)
  if index < free then return now end
  local left = index - free
  for i = 1, #rest, 2 do
    if left < rest[i + 1] then return rest[i] end
    left = left - rest[i + 1]
  end
end

local due = max(0, free)
local debt = max(0, -free)
for i = 1, #rest, 2 do
  if rest[i] > now + lead + HORIZON then break end
  local paid = min(debt, rest[i + 1])
  debt, due = debt - paid, due + rest[i + 1] - paid
end
if cold then due = min(due, ceil(requests / 4)) end
if s.paused > now + HORIZON then due = 0 end

local function coming(index)
  local moment = max(moment_of(index), s.paused)
  if cold then moment = max(moment, now + floor(COLD / 4) + EARLY) end
  return moment
end
