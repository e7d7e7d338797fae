-- C: '', states, before, limit
local states, before, limit = C[2], C[3], C[4]
local aside = {}
redis.call('ZREM', Z, '')
local walks = {}
for i = 1, #states do
  walks[i] = walkOver(struct.pack('BB', 70, states[i]), '', struct.pack('>I6', before), math.min(32, limit))
end
local deleted = 0
while deleted < limit do
  local walk, key = first(walks, peek)
  if not walk then
    break
  end
  local id = string.sub(key, 7)
  local raw = redis.call('HGET', H, 't' .. id)
  local r = raw and read(raw)
  if r and entries(id, r)[2] == walk.found[walk.i] then
    bury(id, r)
    deleted = deleted + 1
    if deleted % 32 == 0 then
      commit()
    end
  else
    rems[#rems + 1] = walk.found[walk.i]
    aside[#aside + 1] = id
  end
  walk.i = walk.i + 1
end
return applied({ 5, 0, 0, 0, deleted, deleted == limit and 1 or 0, aside }, {}, deleted)
