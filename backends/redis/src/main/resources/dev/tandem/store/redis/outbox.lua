-- C: limit, most bytes of payloads and results. Reply: the newest version, the time, whether there are more, then kind
-- and name, version, record or '' if it is gone, and so on.
local limit, bytesMax = C[1], C[2]
local meta = redis.call('HGET', H, 'm')
local lastVersion, time = 0, 0
if meta then
  -- Behind 'TM', the layout, the mark of a loss and the era.
  lastVersion, time = struct.unpack('>I7I6', meta, 17)
end
local letters = { [1] = 't', [3] = 'l', [4] = 'r' }
local found = redis.call('ZRANGE', O, 0, limit, 'WITHSCORES')
local reply = { lastVersion, time, 0 }
local bytes = 0
for i = 1, #found, 2 do
  if i > 2 * limit or bytes >= bytesMax then
    reply[3] = 1
    break
  end
  local kind = string.byte(found[i])
  local raw = redis.call('HGET', H, letters[kind] .. string.sub(found[i], 2)) or ''
  local r = kind == 1 and read(raw)
  if r then
    bytes = bytes + #r[PAYLOAD] + #r[RESULT]
  end
  reply[#reply + 1] = found[i]
  reply[#reply + 1] = found[i + 1]
  reply[#reply + 1] = raw
end
return reply
