-- C: from, limit, most bytes. Reply: 0, the version to go on from, whether there is more, then version, id, record or
-- tombstone, and so on; or 1 for a version from which not all changes can be told any more.
local from, limit, bytesMax = C[1], C[2], C[3]
local meta = redis.call('HGET', H, 'm')
local lastVersion, _, forgotten = 0, 0, 0
if meta then
  -- Behind 'TM', the layout, the mark of a loss and the era: the last version, a time, the newest version forgotten.
  lastVersion, _, forgotten = struct.unpack('>I7I6I7', meta, 17)
end
if from > lastVersion or from < forgotten then
  return { 1 }
elseif from == lastVersion then
  return { 0, from, 0 }
end
local log = redis.call('XRANGE', S, string.format('%d-0', from + 1), '+', 'COUNT', limit)
local function versionOf(entry)
  return tonumber(string.match(entry[1], '^%d+'))
end
if #log == 0 then
  return { 1 }
elseif log[1][1] ~= string.format('%d-0', from + 1) then
  -- A mirror's versions go on in leaps. As long as there is an entry from before, none behind it was trimmed.
  if #redis.call('XREVRANGE', S, string.format('%d', from), '-', 'COUNT', 1) == 0 then
    return { 1 }
  end
end
-- A task that changed again is told with its last change.
local newest = {}
for i = 1, #log do
  newest[log[i][2][2]] = i
end
local reply = { 0, 0, 0 }
local bytes = 0
for i = 1, #log do
  local version, id = versionOf(log[i]), log[i][2][2]
  if bytes >= bytesMax then
    break
  end
  reply[2] = version
  local raw = id ~= '' and newest[id] == i and redis.call('HGET', H, 't' .. id)
  if raw then
    local r = read(raw)
    if r == nil then
      r = cmsgpack.unpack(raw)
    end
    if r and r[VERSION] == version then
      bytes = bytes + #raw
      reply[#reply + 1] = version
      reply[#reply + 1] = id
      reply[#reply + 1] = raw
    end
  end
end
reply[3] = reply[2] < lastVersion and 1 or 0
return reply
