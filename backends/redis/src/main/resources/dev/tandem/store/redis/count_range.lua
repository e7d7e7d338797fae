-- C: states, from, before. Reply: a count for each state: of what the index alone tells.
local reply = { 0, 0, 0, 0, 0 }
for i = 1, #C[1] do
  local prefix = struct.pack('BB', 83, C[1][i])
  reply[C[1][i]] = redis.call('ZLEXCOUNT', Z, '[' .. prefix .. C[2], '(' .. prefix .. C[3])
end
return reply
