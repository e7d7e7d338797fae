-- C: field, expected version. A record that can't be read can be deleted by who expects nothing of it; what the index
-- has of it is dropped when it is come across.
local id = string.sub(field, 2)
local raw = got[2]
local r
if raw then
  r = read(raw)
end
if r == nil then
  return rejected(1, 'there is no such task')
elseif C[2] ~= 0 then
  if not r then
    return answer({ 8, 0, 0 })
  elseif C[2] ~= r[VERSION] then
    return rejected(3, 'the task was changed since; its etag is ' .. string.format('%d', r[VERSION]), raw)
  end
end
-- A full server lets a script go on once it has written: what makes room must not be refused for want of it.
redis.call('ZREM', Z, '')
local version = bury(id, r)
return applied({ 3, 0, 0, version, id }, { id, version })
