-- C: what entries of the index begin with, what follows that in the first one, limit, most bytes, the letter that the
-- records' fields begin with, how many bytes of a key stand before the name. A key is what follows in an entry.
-- Reply: the newest version, the time, whether these are all, then key, record, key, record..
local limit, bytesMax = C[3], C[4]
local meta = redis.call('HGET', H, 'm')
local lastVersion, time = 0, 0
if meta then
  -- Behind 'TM', the layout, the mark of a loss and the era.
  lastVersion, time = struct.unpack('>I7I6', meta, 17)
end
local walks = {}
for i = 1, #C[1] do
  walks[i] = walkOver(C[1][i], C[2], nil, math.min(limit + 1, 128), false)
end
local reply = { lastVersion, time, 1 }
local looked, bytes = 0, 0
while true do
  local walk, key = first(walks, peek)
  if not walk then
    break
  elseif looked >= limit or bytes >= bytesMax then
    reply[3] = 0
    break
  end
  walk.i = walk.i + 1
  looked = looked + 1
  local raw = redis.call('HGET', H, C[5] .. string.sub(key, C[6] + 1)) or ''
  bytes = bytes + #raw
  reply[#reply + 1] = key
  reply[#reply + 1] = raw
end
return reply
