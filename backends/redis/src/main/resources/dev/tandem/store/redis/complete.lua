-- C: field, token, result
local refused = refuseToFinish(SUCCEEDED, C[2])
if refused then
  return refused
end
finish(r, SUCCEEDED, C[3], false)
return changed()
