-- C: field, token
if not holds or lease[L_TOKEN] ~= C[2] then
  return lost()
end
lease[HOLDER] = ''
lease[L_EXPIRES] = at
return granted(lease)
