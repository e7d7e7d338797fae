-- The namespace's time goes on to the command's, and never back.
local at = E[AT]
local isMoved = at > M[TIME]
if isMoved then
  M[TIME] = at
else
  at = M[TIME]
end
