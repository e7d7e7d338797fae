-- Any other create.
if got[2] then
  local now = read(got[2])
  if now then
    return rejected(2, 'a task with this id exists', got[2])
  elseif now == false then
    return answer({ 8, 0, 0 })
  end
  local tombstone = cmsgpack.unpack(got[2])
  rems[1] = struct.pack('>BI6I7c0', 116, tombstone[3], tombstone[2], id)
end
local r = cmsgpack.unpack(raw)
if r[PARTS] then
  for i = 4, #r[PARTS], 6 do
    r[PARTS][i] = at
  end
end
put(id, r)
return applied({ 12, 0, 0, at }, { id, M[LAST] })
