-- One step of one worker at one bucket: state.lua applies what the worker reports, room.lua finds how many permits are in
-- circulation, grant.lua decides who gets them.
-- This part is all they use of the server; the tests put other functions of the same names in its place.

local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function load_bucket()
  local packed = redis.call('GET', KEYS[1])
  return packed and cmsgpack.unpack(packed)
end

local function save_bucket(bucket, lifetime)
  redis.call('SET', KEYS[1], cmsgpack.pack(bucket), 'PX', math.ceil(lifetime / 1000))
end

local function publish(worker, text)
  return redis.call('PUBLISH', ARGV[2] .. worker, text) > 0
end

-- Whether the worker is connected. If the user may not ask (PUBSUB), it is presumed to be, until its lease ends.
local function listens(worker)
  local counts = redis.pcall('PUBSUB', 'NUMSUB', ARGV[2] .. worker)
  return counts.err ~= nil or counts[2] > 0
end
