-- C: an era that is new, how far to raise the version. Reply: 1 if there was a loss to accept.
local meta = redis.call('HGET', H, 'm')
local M = meta and cmsgpack.unpack(meta)
if not M or M[1] ~= 1 or not M[12] then
  return { 0 }
end
local last = redis.call('XREVRANGE', S, '+', '-', 'COUNT', 1)[1]
local highest = math.max(M[3], M[12][1], last and tonumber(string.match(last[1], '^%d+')) or 0)
-- Whoever knew an era before this one goes on.
local accepted = M[13]
accepted[#accepted + 1] = M[2]
accepted[#accepted + 1] = M[12][4]
while #accepted > 32 do
  table.remove(accepted, 1)
end
M[2] = C[1]
M[3] = highest + C[2]
M[12] = false
redis.call('XADD', S, string.format('%d-0', M[3]), C[1], '')
redis.call('HSET', H, 'm', cmsgpack.pack(M))
return { 1, M[3] }
