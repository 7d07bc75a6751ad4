-- Apply the worker's report, expire workers, keep the queue.
--
-- __init__.py explains the rules, protocol.py the fields of the step (ARGV[1], packed) and of the reply. All times are
-- whole microseconds of the bucket's own clock. One key holds the whole bucket, packed (cmsgpack). A used permit rests
-- until it returns.
--
-- bucket        unit              what it is                                             written by       read by
-- generation    text              changes when data were lost                            state            state, workers
-- version       steps             grows by one with every step                           grant            state, workers
-- now           time              of the last step                                       grant            state
-- shift         duration          bucket's clock minus the server's                      state            state
-- created       time              of its first step                                      state            state
-- data_lost     bool              it began with all permits at rest, after a loss        state            state
-- paused        time              end of the pause after a 429                           state            both
-- strikes       pauses            in a row without Retry-After                           state            workers
-- rate_limited  requests          that got a 429, of all workers                         state            workers
-- room          room              how many permits are in circulation                    room             room, workers
-- rest          time, permits, …  when how many permits return, ascending                all              all
-- queue         id, permits, …    who waits for how many permits, in order of arrival    state, grant     both
-- workers       id -> worker      everyone who holds or waits, or did lately             both             both
-- floor         permits           `level` at which a worker joins the queue, at least    state            state
-- next_floor    permits           the same, half a window later                          state            state
-- leveled       time              when floor was last raised                             state            state
-- changed       time              of the last return or grant                            both             grant
--
-- worker        unit              what it is                                             written by       read by
-- held          permits           in use, ready or unreported, by its own word           both             both
-- heard         time              of its last step                                       state            both
-- step          steps             number of its last step                                state            state
-- batch         batches           number of its last batch of reports                    state            state
-- level         permits           it was granted, raised to `floor` when it joins        both             both
-- expected      time              when it will come by itself                            grant            both
-- absent        bool              it failed to come, or does not listen: passed over     both             grant
-- checked       time              when its connection was last checked                   state            state
-- replied       version           of the last reply to it                                grant            state
-- granted       time, permits, …  what that reply gave it of `rest`                      both             state
--
-- room          unit              what it is (as in limits/room.py, of all workers)      written by       read by
-- withheld      permits           out of circulation; those of the next probe are in     room             all
--                                 `rest`, which they leave when it is due
-- probe_at      time              when the next of them come back                        room             room
-- gap           windows           before the next probe after a 429                      room             room
-- size          permits           that the next probe brings back, at most               room             room
-- rest          windows           for which the last permit rested last, 1 if it did not room             room
-- probed_at     time              of the last probe                                      room             room
-- volley_at     time              of the last 429 that began a volley                    room             room

local step = cmsgpack.unpack(ARGV[1])
local id, requests, window, lead = step.worker, step.requests, step.window, step.lead
local floor, ceil, min, max = math.floor, math.ceil, math.min, math.max

local HORIZON = min(50000, floor(window / 16))              -- permits are granted at most this long before they return
local EARLY = min(5000, floor(window / 64))                 -- workers are asked to come this much earlier
local GRACE = min(500000, max(20000, floor(window / 16)))   -- a worker later than this is passed over
local SILENCE = min(2000000, max(50000, floor(window / 4))) -- holders silent for longer are checked
local COLD = min(40000, floor(window / 100))                -- a new bucket is emptied in four parts over this time
local LEAP = 250000                                         -- how far the clock may be from a worker's
local BEHIND = floor(requests / 2)                          -- how far behind the others a worker may start, in permits
local GRID = requests > 256 and floor(window / 256) or 1    -- times of return are rounded up to a multiple of this
local LONGEST_PAUSE = 3600000000                            -- nobody waits for a longer one; as in limits/bucket.py
local MAX_ENTRIES = 16                                      -- of one worker in the queue
local MAX_GROUPS = 16                                       -- of returning permits in the reply

-- A step that arrives after a later one of its worker is outdated.

local bucket = load_bucket()
if bucket and bucket.workers[id] and step.number <= bucket.workers[id].step then return false end

-- The clock never goes back, and does not leap ahead of the time that has passed by the worker's own clock.

local now = clock()
if bucket then
  now = now + bucket.shift
  if now < bucket.now then
    bucket.shift = bucket.shift + bucket.now - now
    now = bucket.now
  end
  if step.generation == bucket.generation then
    local leap = min(now - step.seen - step.since - floor(step.since / 1000) - LEAP, now - bucket.now)
    if leap > 0 then
      bucket.shift = bucket.shift - leap
      now = now - leap
    end
  end
end

local function new_room()
  return {withheld = 0, probe_at = 0, gap = 1, size = 1, rest = 1, probed_at = -2 * window, volley_at = 0}
end

-- If the bucket does not know what a worker knows, data were lost: all permits count as just used.

if not bucket then
  bucket = {
    generation = step.nonce, version = 0, now = now, shift = 0, created = now, data_lost = false, paused = 0,
    strikes = 0, rate_limited = 0, room = new_room(), rest = {}, queue = {}, workers = {}, floor = 0, next_floor = 0, leveled = now,
    changed = now,
  }
  if step.generation == '' and step.young > 0 then bucket.rest = {now + step.young, requests} end
end
local newest_reply = step.generation == bucket.generation and step.version or 0
if step.generation ~= '' and ((step.generation ~= bucket.generation and not bucket.data_lost)
    or (step.generation == bucket.generation and step.version > bucket.version)) then
  bucket.generation, bucket.data_lost, bucket.rest = step.nonce, true, {now + step.late + window, requests}
  bucket.room = new_room()
end
local rest, queue, workers = bucket.rest, bucket.queue, bucket.workers

local function on_grid(time)
  local over = math.fmod(time, GRID)
  return over > 0 and time + GRID - over or time
end

local function put_back(time, count)
  time = on_grid(time)
  local i = #rest - 1
  while i >= 1 and rest[i] > time do i = i - 2 end
  if i >= 1 and rest[i] == time then
    rest[i + 1] = rest[i + 1] + count
  else
    table.insert(rest, i + 2, count)
    table.insert(rest, i + 2, time)
  end
end

-- The worker's report.

local me = workers[id]
if not me then
  me = {
    held = 0, heard = now, step = 0, batch = -1, level = bucket.floor, expected = 0, absent = false, checked = 0,
    replied = 0, granted = {},
  }
  workers[id] = me
end
local resumed, accepted, limited = false, 0, {}
if me.batch ~= step.batch then
  if #step.returned > 0 then bucket.changed = now end
  for _, returned in ipairs(step.returned) do
    if returned[1] > 0 then put_back(now + returned[1], returned[2]) end
  end
  accepted, limited = step.accepted, step.limited
  if accepted > 0 then bucket.strikes = 0 end
  bucket.rate_limited = bucket.rate_limited + step.rate_limited
  if step.resume then bucket.paused, bucket.strikes, resumed = 0, 0, true end
end
if step.rate_limited > 0 then bucket.strikes = max(bucket.strikes, step.strikes) end
local nobody_waits = false
if step.pause > 0 and (step.rate_limited > 0 or step.generation ~= bucket.generation)
    and now + step.pause > bucket.paused then
  bucket.paused, nobody_waits = now + step.pause, step.pause > LONGEST_PAUSE
end
me.held, me.heard, me.step, me.batch, me.absent = step.held, now, step.number, step.batch, false

-- Permits granted in a reply that did not arrive were never used; they rest as long as they would have.

if newest_reply < me.replied then
  for i = 1, #me.granted, 2 do
    if me.granted[i] > now then put_back(me.granted[i], me.granted[i + 1]) end
  end
end
me.granted = {}

-- Workers that died, or have been idle for long.

local waits, waiting = {}, 1
for i = 1, #queue, 2 do
  if not waits[queue[i]] then waiting = waiting + 1 end
  waits[queue[i]] = true
end
for worker, it in pairs(workers) do
  if worker ~= id then
    local silent = now - it.heard
    if it.held > 0 and silent > SILENCE and now - it.checked > SILENCE then
      it.checked = now
      local alive = listens(worker)
      if not alive or silent > step.lease then
        put_back(now + step.late + window, it.held)
        it.held = 0
      end
      if not alive then workers[worker] = nil end
    elseif it.held == 0 and not waits[worker] and silent > 4 * window + step.lease then
      workers[worker] = nil
    elseif waits[worker] and it.expected + GRACE < now then
      it.absent = true
    end
  end
end

-- The queue. Nobody gets more than SLACK permits ahead of the worker that was served least.

local SLACK = max(2, min(4, ceil(requests / 8)), floor(requests / 4 / max(4, waiting)))

local queued, entries = 0, 0
for i = #queue - 1, 1, -2 do
  if not workers[queue[i]] then
    table.remove(queue, i)
    table.remove(queue, i)
  elseif queue[i] == id then
    queued, entries = queued + queue[i + 1], entries + 1
  end
end
if now - bucket.leveled >= window / 2 then
  local low, high
  for worker, it in pairs(workers) do
    if not high or it.level > high then high = it.level end
    if waits[worker] and (not low or it.level < low) then low = it.level end
  end
  local level = max(bucket.next_floor, low or high)
  bucket.floor = now - bucket.leveled >= window and level or bucket.next_floor
  bucket.next_floor, bucket.leveled = level, now
end
if step.want > queued then
  if queued == 0 then
    local top = me.level
    for _, it in pairs(workers) do top = max(top, it.level) end
    me.level = max(me.level, bucket.floor, top - BEHIND)
  end
  local i = #queue - 1
  if entries >= MAX_ENTRIES then
    while queue[i] ~= id do i = i - 2 end
  end
  if i >= 1 and queue[i] == id then
    queue[i + 1] = queue[i + 1] + step.want - queued
  else
    table.insert(queue, id)
    table.insert(queue, step.want - queued)
  end
end
local surplus = queued - step.want
for i = #queue - 1, 1, -2 do
  if surplus <= 0 then break end
  if queue[i] == id then
    local gone = min(surplus, queue[i + 1])
    surplus, queue[i + 1] = surplus - gone, queue[i + 1] - gone
    if queue[i + 1] == 0 then
      table.remove(queue, i)
      table.remove(queue, i)
    end
  end
end
