-- C: field, token, lease or 0 for as long as before
if not holds or lease[L_TOKEN] ~= C[2] then
  return lost()
end
return extend(C[3])
