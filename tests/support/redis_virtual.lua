-- What server.lua provides, but with a clock (KEYS[2]) and connected workers (KEYS[3]) given by the test.

local wakeups, kept = {}, 0

local function clock()
  return tonumber(KEYS[2])
end

local function load_bucket()
  local packed = redis.call('GET', KEYS[1])
  return packed and cmsgpack.unpack(packed)
end

local function save_bucket(bucket, lifetime)
  redis.call('SET', KEYS[1], cmsgpack.pack(bucket))
  kept = lifetime
end

local function listens(worker)
  return string.find(KEYS[3], ' ' .. worker .. ' ', 1, true) ~= nil
end

local function publish(worker, text)
  if not listens(worker) then return false end
  wakeups[#wakeups + 1] = {worker, text}
  return true
end

local function step()
-- the script
end

local reply = step()
return reply and {reply, wakeups, kept}
