-- The beginning of every query by script.
local H, Z, S = KEYS[1], KEYS[2], KEYS[3]
local C = cmsgpack.unpack(ARGV[1])
local META = '>c2BBc12I7I6I7I6I6I6I6I6I6'
