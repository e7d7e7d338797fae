-- C: field, expected version
if isStale(C[2]) then
  return stale()
elseif r[STATE] == ENQUEUED then
  if r[DUE] <= at then
    return unchanged()
  end
  enqueue(r, r[ATTEMPTS], r[ERROR])
elseif r[STATE] >= SUCCEEDED and canMove(r[STATE], ENQUEUED) then
  revive(r)
else
  return illegal(ENQUEUED)
end
return changed()
