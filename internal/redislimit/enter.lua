-- Takes one of ARGV[1] places of KEYS[1] for ARGV[3] microseconds, under the name
-- ARGV[2]. Whoever has the place already keeps it for so long again. Returns
-- whether it was there.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
if not redis.call('ZSCORE', KEYS[1], ARGV[2]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then
  return 0
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), ARGV[2])
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ARGV[3] / 500))
return 1
