-- A task's record: an array, in this order, after the number of its type and format.
local VERSION, STATE, ATTEMPTS, CREATED, UPDATED, DUE, STARTED, FINISHED = 2, 3, 4, 5, 6, 7, 8, 9
local QUEUE, KIND, PRIORITY, RETENTION, PAYLOAD, RESULT = 10, 11, 12, 13, 14, 15
local LABELS, RETRY, LEASE, ERROR, PROGRESS, PARTS = 16, 17, 18, 19, 20, 21
local ENQUEUED, PROCESSING, SUCCEEDED, FAILED, CANCELED = 1, 2, 3, 4, 5
local WORKER, TOKEN, EXPIRES, DURATION = 1, 2, 3, 4

-- The record that these bytes hold; nil if they are a tombstone; false if they can't be read.
local function read(raw)
  local isRead, record = pcall(cmsgpack.unpack, raw)
  if not isRead or type(record) ~= 'table' then
    return false
  elseif record[1] == 2 and #record == 3 then
    return nil
  elseif record[1] ~= 1 or #record ~= 21 then
    return false
  end
  for i = VERSION, FINISHED do
    if type(record[i]) ~= 'number' then
      return false
    end
  end
  return record
end
