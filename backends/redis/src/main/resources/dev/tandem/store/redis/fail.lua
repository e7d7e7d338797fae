-- C: field, token, error, whether it is final
local refused = refuseToFinish(FAILED, C[2])
if refused then
  return refused
end
if C[4] then
  giveUp(r, C[3])
else
  tryAgain(r, C[3], at)
end
return changed()
