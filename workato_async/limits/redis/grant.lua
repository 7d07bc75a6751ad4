-- Decide who gets the permits, wake workers, build the reply.

-- Whose the permits are: first come, first served, but nobody gets far ahead of the worker served least. Returns each
-- worker's share of the permits that are due; for the others, how many such permits come before their first one; who
-- gets the next permit after those, and which of the later ones is this worker's first; who is then first in the queue.

local function allot()
  local left, level, share, rank, places = {}, {}, {}, {}, {}
  for i = 1, #queue, 2 do
    local worker = queue[i]
    if not workers[worker].absent then
      left[worker] = (left[worker] or 0) + queue[i + 1]
      level[worker] = workers[worker].level
      places[#places + 1] = {worker, queue[i + 1]}
    end
  end
  local given, to_others, following, my_next = 0, 0, nil, nil
  local function goes_on()
    return given < known and not (given >= due and following and (my_next or (left[id] or 0) == 0))
  end
  while goes_on() do
    local low
    for worker, amount in pairs(left) do
      if amount > 0 and (not low or level[worker] < low) then low = level[worker] end
    end
    if not low then break end
    for _, place in ipairs(places) do
      local worker = place[1]
      while place[2] > 0 and level[worker] < low + SLACK and goes_on() do
        local amount = min(place[2], known - given, low + SLACK - level[worker])
        if given < due then
          amount = min(amount, due - given)
          share[worker] = (share[worker] or 0) + amount
          if worker ~= id then
            rank[worker] = rank[worker] or to_others
            to_others = to_others + amount
          end
        else
          following = following or worker
          if worker == id then my_next = my_next or given end
        end
        given = given + amount
        place[2], left[worker], level[worker] = place[2] - amount, left[worker] - amount, level[worker] + amount
      end
    end
  end
  local head
  for _, place in ipairs(places) do
    if place[2] > 0 then
      head = place[1]
      break
    end
  end
  return share, rank, following, my_next, head
end

-- Wake a worker at a time, unless it will come then by itself. Returns false if it does not listen: then it is absent.

local function wake(worker, time)
  local it = workers[worker]
  time = max(now, time)
  if worker == id or math.abs(it.expected - time) <= EARLY then return true end
  if not publish(worker, table.concat({KEYS[1], time - now, bucket.version + 1}, ' ')) then
    it.absent = true
    return false
  end
  it.expected = time
  return true
end

-- If no permit is known to return, the first in the queue comes to check the holders, the later the longer nothing has
-- changed.

local function next_check(head)
  local held_by_others = 0
  for worker, it in pairs(workers) do
    if worker ~= head then held_by_others = held_by_others + it.held end
  end
  if held_by_others == 0 then return now + step.lease end
  return now + min(step.lease, max(SILENCE + GRACE, now - bucket.changed))
end

local share, rank, following, my_next, head, granted
local settled = false
while not settled do
  settled = true
  share, rank, following, my_next, head = allot()
  granted = share[id] or 0
  for worker, place in pairs(rank) do
    if not wake(worker, available_at(granted + place) - EARLY) then settled = false end
  end
  if following then
    if not rank[following] and not wake(following, available_at(due) - EARLY) then settled = false end
  elseif head and not rank[head] and not wake(head, next_check(head)) then
    settled = false
  end
end

if resumed then -- idle workers too, for they may fail their callers because of the pause
  for worker, _ in pairs(workers) do wake(worker, now) end
elseif nobody_waits then
  for worker, _ in pairs(waits) do
    if workers[worker] then wake(worker, now) end
  end
end

-- When this worker is to come again, if nobody wakes it.

local come = -1
if step.want > granted then
  if following == id then
    come = max(now, available_at(due) - lead - EARLY)
  elseif my_next then
    come = max(now, available_at(my_next) - lead - EARLY) + GRACE
  else
    local ahead, before = {}, 0
    for i = 1, #queue, 2 do
      local worker, it = queue[i], workers[queue[i]]
      if worker == id then break end
      if not it.absent then -- of each, no more than fairness lets through before this worker
        local most = SLACK + max(0, me.level - it.level)
        ahead[worker] = min(most, (ahead[worker] or 0) + queue[i + 1])
      end
    end
    for _, amount in pairs(ahead) do before = before + amount end
    local windows = 1 + floor(max(0, before - known) / circulating)
    come = max(now, bucket.paused) + (window + GRACE) * windows + now - bucket.changed
    if head == id then come = min(come, next_check(id)) end
  end
  for worker, _ in pairs(rank) do come = min(come, workers[worker].expected + GRACE + EARLY) end -- it may fail to come
  me.expected = come
  come = come - now
end

-- The worker gets the permits that can be used first.

local grants = {}
local left = granted
local usable = max(bucket.paused, now) - now
if left > 0 and free > 0 then
  local amount = min(left, free)
  grants = {{usable, amount}}
  left, free = left - amount, free - amount
end
if left > 0 then
  debt = max(0, -free)
  local keep = {}
  for i = 1, #rest, 2 do
    local time, count = rest[i], rest[i + 1]
    local paid = min(debt, count)
    local amount = min(left, count - paid)
    debt, left = debt - paid, left - amount
    if amount > 0 then
      grants[#grants + 1] = {max(time - lead - now, usable), amount}
      table.insert(me.granted, time)
      table.insert(me.granted, amount)
    end
    if count > amount then
      keep[#keep + 1] = time
      keep[#keep + 1] = count - amount
    end
  end
  rest = keep
end
if granted > 0 then bucket.changed = now end
me.held, me.level = step.held + granted, me.level + granted
local entry, served = 1, granted
while served > 0 do
  if queue[entry] == id then
    local gone = min(served, queue[entry + 1])
    served, queue[entry + 1] = served - gone, queue[entry + 1] - gone
  end
  if queue[entry + 1] == 0 then
    table.remove(queue, entry)
    table.remove(queue, entry)
  else
    entry = entry + 2
  end
end

-- The bucket's new state, and the reply.

local others, rivals, peers, counted = 0, 0, 0, {}
for i = 1, #queue, 2 do
  local worker = queue[i]
  if worker ~= id and not workers[worker].absent then
    others = others + queue[i + 1]
    if not counted[worker] then rivals = rivals + 1 end
    counted[worker] = true
  end
end
for worker, it in pairs(workers) do
  if worker ~= id and (it.held > 0 or counted[worker] or now - it.heard < 2 * window) then peers = peers + 1 end
end
local returning = {}
local size = max(1, ceil(#rest / 2 / MAX_GROUPS)) * 2
for i = 1, #rest, size do
  local count, stop = 0, min(i + size - 1, #rest)
  for j = i + 1, stop, 2 do count = count + rest[j] end
  returning[#returning + 1] = {rest[stop - 1] - now, count}
end
bucket.rest, bucket.now, bucket.version = rest, now, bucket.version + 1
me.replied = bucket.version
save_bucket(bucket, max(now, bucket.paused, rest[#rest - 1] or 0) - now + (room.withheld > 0 and 8 or 2) * window
  + step.late + step.lease)
return cmsgpack.pack({
  now = now, generation = bucket.generation, version = bucket.version, rate_limited = bucket.rate_limited,
  strikes = bucket.strikes, paused = max(0, bucket.paused - now), room = circulating, free = free, others = others, rivals = rivals,
  peers = peers, come = come, grants = grants, returning = returning,
})
