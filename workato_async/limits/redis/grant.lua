-- One step of one worker at one bucket, second part: the turns. Who gets the tokens that state.lua found, who is
-- told to come for them, and the reply.

-- Who gets them: first come, first served, but nobody gets far ahead of the one served least. Each one's share of the
-- tokens that are due; of the others, after how many such tokens their first one comes; who gets the next token after
-- those, and which one of the later ones is this worker's first; who is then the first in the line.

local function allot()
  local left, level, share, rank, places = {}, {}, {}, {}, {}
  for i = 1, #line, 2 do
    local worker = line[i]
    if workers[worker][ABSENT] == 0 then
      left[worker] = (left[worker] or 0) + line[i + 1]
      level[worker] = workers[worker][LEVEL]
      places[#places + 1] = {worker, line[i + 1]}
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

-- Those who have tokens to come for are told when, unless they mean to come then. If no token is known to return, the
-- first in the line comes to look after the holders, the later the longer nothing has moved. Who does not listen is not
-- there.

local function summon(worker, moment)
  local it = workers[worker]
  moment = max(now, moment)
  if worker == id or math.abs(it[TOLD] - moment) <= EARLY then return true end
  if not call(worker, moment - now, s.version + 1, 0) then
    it[ABSENT] = 1
    return false
  end
  it[TOLD] = moment
  return true
end

-- One token at a time may be reserved long before it returns, which spares its worker a step: the next one to return, if
-- no other returns soon after it, so that the worker would come for nothing else. Not while a worker may yet turn up that
-- holds tokens nobody knows of.

local function lonely(index)
  return s.reserved <= now and s.paused <= now and not cold and free <= 0
    and (index + 1 >= known or moment_of(index + 1) > moment_of(index) + HORIZON)
end

local function unline(worker, amount)
  local i = 1
  while amount > 0 do
    if line[i] == worker then
      local gone = min(amount, line[i + 1])
      amount, line[i + 1] = amount - gone, line[i + 1] - gone
    end
    if line[i + 1] == 0 then
      table.remove(line, i)
      table.remove(line, i)
    else
      i = i + 2
    end
  end
end

local function send(worker, index)
  local it = workers[worker]
  if it[SENT] > 0 or not lonely(index) then return false end
  local moment = moment_of(index)
  if not call(worker, max(0, moment - it[AHEAD] - now), s.version + 1, 1) then
    it[ABSENT] = 1
    return true
  end
  for i = 1, #rest, 2 do
    if rest[i] == moment then rest[i + 1] = rest[i + 1] - 1 end
  end
  it[SENT], it[SENT_REST], it[LEVEL], it[TOLD] = s.version + 1, moment, it[LEVEL] + 1, moment + window
  s.reserved, known = moment, known - 1
  unline(worker, 1)
  return true
end

local function look(head)
  local held_by_others = 0
  for worker, it in pairs(workers) do
    if worker ~= head then held_by_others = held_by_others + held_by(it) end
  end
  if held_by_others == 0 then return now + lease end
  return max(now, s.reserved) + min(lease, max(SILENCE + PATIENCE, now - s.moved))
end

local share, rank, following, my_next, head, granted
local settled = false
while not settled do
  settled = true
  share, rank, following, my_next, head = allot()
  granted = share[id] or 0
  for worker, place in pairs(rank) do
    if not summon(worker, coming(granted + place) - EARLY) then settled = false end
  end
  if following == id then
    if next(rank) == nil and lonely(due) then
      s.reserved, due, settled = moment_of(due), due + 1, false
    end
  elseif following then
    if not rank[following] and (send(following, due) or not summon(following, coming(due) - EARLY)) then
      settled = false
    end
  elseif head and not rank[head] and not summon(head, look(head)) then
    settled = false
  end
end

if dismissed then -- those who wait are to hear of it at once
  for worker, _ in pairs(waits) do
    if workers[worker] then summon(worker, now) end
  end
end

-- When this worker is to come again, if nobody calls it.

local come = -1
if want > granted then
  if following == id then
    come = max(now, coming(due) - lead - EARLY)
  elseif my_next then
    come = max(now, coming(my_next) - lead - EARLY) + PATIENCE
  else
    local ahead, before = {}, 0
    for i = 1, #line, 2 do
      local worker, it = line[i], workers[line[i]]
      if worker == id then break end
      if it[ABSENT] == 0 then -- of each, no more than fairness lets through before this worker's turn
        local most = SLACK + max(0, me[LEVEL] - it[LEVEL])
        ahead[worker] = min(most, (ahead[worker] or 0) + line[i + 1])
      end
    end
    for _, amount in pairs(ahead) do before = before + amount end
    come = max(now, s.paused) + (window + PATIENCE) * (1 + floor(max(0, before - known) / requests)) + now - s.moved
    if head == id then come = min(come, look(id)) end
  end
  for worker, _ in pairs(rank) do come = min(come, workers[worker][TOLD] + PATIENCE + EARLY) end -- it may fail to come
  me[TOLD] = come
  come = come - now
end

-- What it gets: the tokens that can be had first.

local grants = {}
local left = granted
local usable = max(s.paused, now) - now
if left > 0 and free > 0 then
  local amount = min(left, free)
  grants = {usable, amount}
  left, free = left - amount, free - amount
end
if left > 0 then
  debt = max(0, -free)
  local keep = {}
  for i = 1, #rest, 2 do
    local moment, count = rest[i], rest[i + 1]
    local paid = min(debt, count)
    local amount = min(left, count - paid)
    debt, left = debt - paid, left - amount
    if amount > 0 then
      grants[#grants + 1] = max(moment - lead - now, usable)
      grants[#grants + 1] = amount
      table.insert(me[GIVEN], moment)
      table.insert(me[GIVEN], amount)
    end
    if count > amount then
      keep[#keep + 1] = moment
      keep[#keep + 1] = count - amount
    end
  end
  rest = keep
end
if granted > 0 then s.moved = now end
me[HELD], me[LEVEL] = held + granted, me[LEVEL] + granted
unline(id, granted)

-- The reply, and the bucket's new state.

local others, rivals, peers, counted = 0, 0, 0, {}
for j = 1, #line, 2 do
  local worker = line[j]
  if worker ~= id and workers[worker][ABSENT] == 0 then
    others = others + line[j + 1]
    if not counted[worker] then rivals = rivals + 1 end
    counted[worker] = true
  end
end
for worker, it in pairs(workers) do
  if worker ~= id and (held_by(it) > 0 or counted[worker] or now - it[HEARD] < 2 * window) then peers = peers + 1 end
end
local resting = {}
local size = max(1, ceil(#rest / 2 / MOST_GROUPS)) * 2
for j = 1, #rest, size do
  local count, stop = 0, min(j + size - 1, #rest)
  for k = j + 1, stop, 2 do count = count + rest[k] end
  resting[#resting + 1] = rest[stop - 1] - now
  resting[#resting + 1] = count
end
s.rest, s.now, s.version = rest, now, s.version + 1
me[ANSWERED] = s.version
local kept = max(now, s.paused, rest[#rest - 1] or 0) - now + 2 * window + late + lease
redis.call('SET', key, cmsgpack.pack(s), 'PX', ceil(kept / 1000))
return {now, s.generation, s.version, s.refusals, s.strikes, max(0, s.paused - now), free, others, rivals, peers, come,
  grants, resting}
