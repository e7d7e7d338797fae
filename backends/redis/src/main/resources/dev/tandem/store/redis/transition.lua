-- C: field, expected version, token, to, result, error or false
if isStale(C[2]) then
  return stale()
end
local token, to, result, error = C[3], C[4], C[5], C[6]
if not canMove(r[STATE], to) then
  return illegal(to)
end
if r[STATE] == PROCESSING then
  local refused = refuseToFinish(to, token)
  if refused then
    return refused
  end
end
if to == ENQUEUED then
  if r[STATE] == PROCESSING then
    enqueue(r, r[ATTEMPTS], r[ERROR])
  else
    revive(r)
  end
elseif to == PROCESSING then
  r[ATTEMPTS] = r[ATTEMPTS] + 1
  r[STARTED] = at
  r[LEASE] = false
  r[PROGRESS] = false
  move(r, PROCESSING)
elseif to == SUCCEEDED then
  finish(r, SUCCEEDED, result, false)
elseif to == FAILED then
  giveUp(r, error)
else
  finish(r, CANCELED, r[RESULT], error)
end
return changed()
