-- C: '', limit, how long tombstones are kept
local limit, endedBy = C[2], at - C[3]
local aside = {}
-- What makes room must not be refused for want of it.
redis.call('ZREM', Z, '')

-- Drops up to limit of the entries of one letter up to a time. Says whether there are more.
local function forget(letter, untilMillis, drop)
  if untilMillis < 0 then
    return 0
  end
  local found = redis.call(
    'ZRANGEBYLEX', Z, '[' .. string.char(letter), '(' .. struct.pack('>BI6', letter, untilMillis + 1),
    'LIMIT', 0, limit + 1)
  for i = 1, math.min(limit, #found) do
    rems[#rems + 1] = found[i]
    drop(found[i])
  end
  return #found > limit and 1 or 0
end

local more = 0
more = more + forget(113, at, function(entry)
  dels[#dels + 1] = 'r' .. string.sub(entry, 8)
end)
more = more + forget(108, endedBy, function(entry)
  local scope = string.sub(entry, 8)
  rems[#rems + 1] = 'k' .. scope
  dels[#dels + 1] = 'l' .. scope
  M[LEASES] = M[LEASES] - 1
end)
more = more + forget(116, endedBy, function(entry)
  M[FORGOTTEN] = math.max(M[FORGOTTEN], (struct.unpack('>I7', entry, 8)))
  dels[#dels + 1] = 't' .. string.sub(entry, 15)
end)
commit()
if M[GATE] == MIRROR then
  -- The rest comes from the authority.
  return applied({ 5, 0, 0, 0, 0, more > 0 and 1 or 0, aside }, {}, 0)
end

local requeued = sweepLeases(limit, aside)
local left = limit - requeued
local deleted = 0
while deleted < left do
  local wanted = math.min(32, left - deleted)
  local found = redis.call(
    'ZRANGEBYLEX', Z, '[R', '(' .. struct.pack('>BI6', 82, at + 1), 'LIMIT', 0, wanted)
  for i = 1, #found do
    local id = string.sub(found[i], 8)
    local raw = redis.call('HGET', H, 't' .. id)
    local r = raw and read(raw)
    if r and entries(id, r)[3] == found[i] then
      bury(id, r)
      deleted = deleted + 1
    else
      rems[#rems + 1] = found[i]
      aside[#aside + 1] = id
    end
  end
  if #found > 0 then
    commit()
  end
  if #found < wanted then
    break
  end
end
return applied({ 5, 0, 0, requeued, deleted, (more > 0 or deleted == left) and 1 or 0, aside }, {}, deleted)
