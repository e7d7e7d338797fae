-- C: an era that is new, how far to raise the version. Reply: 1 if there was a loss to accept.
local meta = redis.call('HGET', H, 'm')
if not meta or string.sub(meta, 1, 3) ~= 'TM\1' or #meta < 80 then
  return { 0 }
end
local M = { struct.unpack(META, meta) }
if M[3] == 0 then
  return { 0 }
end
local loss = cmsgpack.unpack(string.sub(meta, 81))
local last = redis.call('XREVRANGE', S, '+', '-', 'COUNT', 1)[1]
local highest = math.max(M[5], loss[1], last and tonumber(string.match(last[1], '^%d+')) or 0)
-- Whoever knew an era before this one goes on.
local eras = redis.call('HGET', H, 'a')
local accepted = eras and cmsgpack.unpack(eras)[2] or {}
accepted[#accepted + 1] = M[4]
accepted[#accepted + 1] = loss[4]
while #accepted > 32 do
  table.remove(accepted, 1)
end
M[3] = 0
M[4] = C[1]
M[5] = highest + C[2]
-- What was lost can't be told to who reads the changes.
M[7] = M[5]
redis.call('XADD', S, string.format('%d-0', M[5]), C[1], '')
redis.call(
  'HSET', H, 'm', struct.pack(META, unpack(M, 1, 15)), 'a', cmsgpack.pack({ 5, accepted }))
return { 1, M[5] }
