-- C: field, expected version, reason
if isStale(C[2]) then
  return stale()
elseif r[STATE] == CANCELED then
  return unchanged()
elseif not canMove(r[STATE], CANCELED) then
  return illegal(CANCELED)
end
finish(r, CANCELED, r[RESULT], C[3] ~= '' and { 'CANCELED', C[3] } or r[ERROR])
return changed()
