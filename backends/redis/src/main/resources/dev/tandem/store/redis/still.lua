-- A command that is none on records leaves the namespace's time as it is.
local at, isMoved = M[TIME], false
