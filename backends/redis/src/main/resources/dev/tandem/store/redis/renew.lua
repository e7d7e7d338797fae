-- C: field, token, lease or 0 for as long as before, progress or false
local lease = r[LEASE]
if not lease or lease[TOKEN] ~= C[2] or at >= lease[EXPIRES] then
  return leaseLost()
end
if C[3] ~= 0 then
  lease[DURATION] = C[3]
end
lease[EXPIRES] = at + lease[DURATION]
local progress = C[4]
if progress then
  r[PROGRESS] = (progress[1] ~= 0 or progress[2] ~= '') and progress
end
r[UPDATED] = at
return changed()
