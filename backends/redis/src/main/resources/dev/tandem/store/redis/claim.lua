-- C: '', queues, worker, lease, limit, most bytes of records, most leases taken back
local queues, worker, leaseMillis, limit, bytesMax = C[2], C[3], C[4], C[5], C[6]
local aside = {}
sweepLeases(C[7], aside)

-- By queue: priority downwards, due, id. Those of the future are among them, so within a priority the first that is
-- not due ends it.
local walks = {}
for i = 1, #queues do
  if queues[i] ~= '' then
    walks[#walks + 1] = walkOver(struct.pack('>BI2c0', 68, #queues[i], queues[i]), '', nil, limit)
  end
end

local function skipTo(walk, low)
  walk.low = '[' .. walk.prefix .. low
  walk.found, walk.i, walk.isEnded = {}, 1, false
end

local function due(walk)
  while true do
    local entry = peek(walk)
    if not entry then
      return nil
    end
    local priority, time = struct.unpack('>I2I6', entry, #walk.prefix + 1)
    if time <= at then
      return entry
    end
    skipTo(walk, struct.pack('>I2', priority + 1))
  end
end

local reply = { 4, 0, 0, 0, aside }
local touched = {}
local bytes, claimed = 0, 0
while claimed < limit and bytes < bytesMax do
  local walk, key = first(walks, due)
  if not walk then
    break
  end
  local id = string.sub(key, 9)
  local raw = redis.call('HGET', H, 't' .. id)
  local r = raw and read(raw)
  local was = r and entries(id, r)
  if was and was[2] == walk.found[walk.i] then
    local version = M[LAST] + 1
    r[ATTEMPTS] = r[ATTEMPTS] + 1
    r[STARTED] = at
    r[LEASE] = { worker, version, at + leaseMillis, leaseMillis }
    r[PROGRESS] = false
    move(r, PROCESSING)
    local written = put(id, r, was, ENQUEUED)
    claimed = claimed + 1
    bytes = bytes + #raw
    reply[#reply + 1] = id
    reply[#reply + 1] = written
    touched[#touched + 1] = id
    touched[#touched + 1] = version
  else
    rems[#rems + 1] = walk.found[walk.i]
    aside[#aside + 1] = id
  end
  walk.i = walk.i + 1
end
if claimed > 0 then
  reply[4] = at
  return applied(reply, touched)
end

-- Nothing: when is it worth asking again?
local nextDue = -1
local function sooner(time)
  if nextDue < 0 or time < nextDue then
    nextDue = time
  end
end
local lease = redis.call('ZRANGEBYLEX', Z, '[' .. struct.pack('>BI6', 69, at + 1), '(F', 'LIMIT', 0, 1)[1]
if lease then
  sooner((struct.unpack('>I6', lease, 2)))
end
for i = 1, #walks do
  local walk = walks[i]
  walk.size = 1
  skipTo(walk, '')
  local entry = peek(walk)
  while entry do
    local priority, time = struct.unpack('>I2I6', entry, #walk.prefix + 1)
    if time > at then
      sooner(time)
      skipTo(walk, struct.pack('>I2', priority + 1))
    else
      skipTo(walk, struct.pack('>I2I6', priority, at + 1))
    end
    entry = peek(walk)
  end
end
reply[4] = nextDue
return answer(reply)
