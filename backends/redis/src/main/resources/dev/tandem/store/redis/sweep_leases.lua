-- Takes back leases that have run out: up to limit, a few at a time, because records can be large. What can't be read,
-- or is not what the index says of it, is set aside, so that it is not come across again.
local function sweepLeases(limit, aside)
  local moved = 0
  while moved < limit do
    local wanted = math.min(32, limit - moved)
    local found = redis.call(
      'ZRANGEBYLEX', Z, '[E', '(' .. struct.pack('>BI6', 69, at + 1), 'LIMIT', 0, wanted)
    for i = 1, #found do
      local id = string.sub(found[i], 8)
      local raw = redis.call('HGET', H, 't' .. id)
      local r = raw and read(raw)
      local was = r and entries(id, r)
      if was and was[2] == found[i] then
        takeBack(r)
        put(id, r, was, PROCESSING)
        moved = moved + 1
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
  return moved
end
