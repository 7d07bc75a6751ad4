-- Find how many permits are in circulation, as limits/room.py explains, for the sum of all workers; count the free ones.

local room = bucket.room

local function spread(windows)
  return on_grid(ceil(windows * window * (1 + step.draw / 4)))
end

-- The permits of the next probe stand in `rest`, so that workers come for them as for any others. This puts them there,
-- and takes them out; those that were granted early have left it, and are in circulation.

local function schedule(time)
  room.probe_at = on_grid(time)
  if room.withheld > 0 then put_back(room.probe_at, min(room.withheld, room.size)) end
end

local function unschedule()
  local planned = min(room.withheld, room.size)
  for i = 1, #rest, 2 do
    if rest[i] == room.probe_at then
      local found = min(planned, rest[i + 1])
      planned, rest[i + 1] = planned - found, rest[i + 1] - found
      if rest[i + 1] == 0 then
        table.remove(rest, i)
        table.remove(rest, i)
      end
      break
    end
  end
  room.withheld = room.withheld - planned
end

-- The permits that nobody holds, and that neither rest nor are withheld.

local function unused()
  local count = requests - room.withheld
  for i = 2, #rest, 2 do count = count - rest[i] end
  for _, it in pairs(workers) do count = count - it.held end
  return count
end

while room.withheld > 0 and room.probe_at <= now do
  room.withheld = room.withheld - min(room.withheld, room.size)
  room.size, room.probed_at = room.size * 3, room.probe_at
  schedule(room.probe_at + spread(1))
end
local back = 0
while rest[back + 1] and rest[back + 1] <= now do back = back + 2 end
if back > 0 then
  local left = {}
  for i = back + 1, #rest do left[#left + 1] = rest[i] end
  rest = left
end

for _ = 1, min(accepted, 4) do room.rest = max(1, floor(room.rest / 2)) end
if room.withheld == 0 and room.rest == 1 and now - room.probed_at > 1.5 * window then
  room = new_room() -- nothing is known any more, and the last probe stood the test
end
if #limited > 0 then
  unschedule()
  -- Unused permits are withheld as well if many requests were on their way: a call that is alone needs them for retries.
  local idle = max(0, unused() - #limited)
  if requests - room.withheld - idle < max(8, floor(requests / 6)) then idle = 0 end
  for _, age in ipairs(limited) do
    if room.withheld < requests - 1 then
      room.withheld = room.withheld + 1
    else
      room.rest = min(16, 2 * room.rest)
      put_back(now + spread(room.rest), 1)
    end
    if now - age > room.volley_at then
      local gone = min(idle, requests - 1 - room.withheld)
      room.withheld, idle = room.withheld + gone, idle - gone
      room.gap = now - room.probed_at <= 1.5 * window and min(4, 2 * room.gap) or max(1, floor(room.gap / 2))
      room.volley_at = now
    end
  end
  room.size = 1
  schedule(now + spread(room.gap))
end
bucket.room = room
local circulating = requests - room.withheld

-- The permits that are free now, and those at rest. If more are in use than exist, the first ones to return make up for
-- it.

local free = unused() + min(room.withheld, room.size)
local known = free
for i = 2, #rest, 2 do known = known + rest[i] end
known = max(0, known)
local cold = now < bucket.created + COLD

local function time_of(index)
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
if bucket.paused > now + HORIZON then due = 0 end

local function available_at(index)
  local time = max(time_of(index), bucket.paused)
  if cold then time = max(time, now + floor(COLD / 4) + EARLY) end
  return time
end
