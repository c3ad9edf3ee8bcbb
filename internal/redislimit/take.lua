-- Takes up to ARGV[1] tokens from every bucket of KEYS, the same number from
-- each, or none from any. ARGV holds rate per second and capacity for each key.
-- Returns how many, after how many microseconds one more could be had, and which
-- bucket makes one wait so long.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local give = tonumber(ARGV[1])
local wait, short = 0, 0
local left = {}
for i, key in ipairs(KEYS) do
  local rate = tonumber(ARGV[2 * i])
  local capacity = tonumber(ARGV[2 * i + 1])
  local held = redis.call('HMGET', key, 'n', 't')
  local tokens = tonumber(held[1]) or 0
  local seen = tonumber(held[2]) or now
  local passed = math.max(0, now - seen) -- the clock of Redis may be set back
  left[i] = math.min(capacity, tokens + passed * rate / 1000000)
  give = math.min(give, math.floor(left[i]))
  if left[i] < 1 then
    local one = math.ceil((1 - left[i]) * 1000000 / rate)
    if one > wait then
      wait, short = one, i
    end
  end
end
for i, key in ipairs(KEYS) do
  redis.call('HSET', key, 'n', string.format('%.9f', left[i] - give), 't', string.format('%.0f', now))
  local whole = math.ceil(2000 / tonumber(ARGV[2 * i])) -- until a slow bucket has one, twice over
  redis.call('PEXPIRE', key, string.format('%.0f', math.min(86400000, math.max(600000, whole))))
end
return {give, wait, short}
