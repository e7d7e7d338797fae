-- C: '', then kind and name, version, kind and name, version..
local names, done = {}, {}
for i = 2, #C, 2 do
  names[#names + 1] = C[i]
end
local versions = M[GATE] > OUTBOX and #names > 0 and redis.call('ZMSCORE', O, unpack(names)) or {}
for i = 1, #names do
  if versions[i] and tonumber(versions[i]) == C[2 * i + 1] then
    done[#done + 1] = names[i]
  end
end
local removed = #done > 0 and redis.call('ZREM', O, unpack(done)) or 0
return answer({ 17, 0, 0, removed })
