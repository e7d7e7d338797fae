-- C: field, holder, lease
if holds then
  if lease[HOLDER] ~= C[2] then
    return rejected(8, 'the lease is held by ' .. lease[HOLDER], false, raw)
  end
  return extend(C[3])
end
return granted({ 3, C[2], M[LAST] + 1, 0, at, at + C[3], C[3] })
