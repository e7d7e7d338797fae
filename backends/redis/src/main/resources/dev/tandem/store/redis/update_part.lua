-- C: field, expected version, node, local id or false, state, error or false
if isStale(C[2]) then
  return stale()
end
local node, localId, state, error = C[3], C[4], C[5], C[6]
local parts = r[PARTS] or {}
local i
for p = 1, #parts, 6 do
  if parts[p] == node then
    i = p
  end
end
if not i and r[STATE] >= SUCCEEDED then
  return rejected(5, 'a finished task takes no new parts', raw)
elseif not i and #parts >= 256 * 6 then
  return rejected(11, 'the task has 256 parts, the most it may have', raw)
elseif i then
  local before = parts[i + 2]
  if before ~= state and (before >= SUCCEEDED or state == ENQUEUED) then
    return rejected(
      4, 'the part of ' .. node .. ' is ' .. nameOf(before) .. " and can't become " .. nameOf(state), raw)
  end
  localId = localId or parts[i + 1]
  local code, message = parts[i + 4], parts[i + 5]
  if error then
    code, message = error[1], error[2]
  end
  if localId == parts[i + 1] and state == before and code == parts[i + 4] and message == parts[i + 5] then
    return unchanged()
  end
  parts[i + 1], parts[i + 2], parts[i + 3], parts[i + 4], parts[i + 5] = localId, state, at, code, message
else
  i = #parts + 1
  parts[i], parts[i + 1], parts[i + 2], parts[i + 3] = node, localId or '', state, at
  parts[i + 4], parts[i + 5] = error and error[1], error and error[2]
end
r[PARTS] = parts
local sum = r[STATE] >= SUCCEEDED and r[STATE] or sumOf(parts, r[STATE])
if sum == r[STATE] then
  move(r, sum)
elseif sum == SUCCEEDED then
  finish(r, SUCCEEDED, r[RESULT], false)
elseif sum == FAILED then
  giveUp(r, { 'PART_FAILED', 'the part of ' .. node .. ' failed' })
elseif sum == CANCELED then
  finish(r, CANCELED, r[RESULT], r[ERROR])
else
  r[ATTEMPTS] = r[ATTEMPTS] + 1
  r[STARTED] = at
  r[LEASE] = false
  move(r, PROCESSING)
end
return changed()
