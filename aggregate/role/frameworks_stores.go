package role

// Programs that keep their data in the server, and libraries of data structures.

var storeFrameworks = []Framework{
	{
		Name: "Redisson", Source: "redisson/redisson 3, RedissonMapCache.java, RedissonLock.java, RedissonDelayedQueue.java and RedissonRateLimiter.java",
		Bound: "ttl and maxIdleTime of a map cache's entries, setMaxSize, leaseTime of a lock",
		Keys: []Key{
			{Shape: "redisson_lock__channel:{<name…>}", Types: []dataType{tHash, tString}, Role: Lock, What: "a lock"},
			{Shape: "redisson_rwlock:{<name…>}", Types: []dataType{tHash, tString}, Role: Lock, What: "a lock"},
			{Shape: "redisson_lock_queue:{<name…>}", Types: lists, Role: Lock, What: "who waits for a lock"},
			{Shape: "redisson_lock_timeout:{<name…>}", Types: zsets, Role: Lock, What: "until when they wait for a lock"},
			{Shape: "redisson__timeout__set:{<name…>}", Types: zsets, Role: Index, What: "when a map's entries expire"},
			{Shape: "redisson__idle__set:{<name…>}", Types: zsets, Role: Index, What: "when a map's entries were used"},
			{Shape: "redisson__map_cache__last_access__set:{<name…>}", Types: zsets, Role: Index, What: "when a map's entries were used"},
			{Shape: "redisson_delay_queue:{<name…>}", Types: lists, Role: Queue, What: "a delayed queue's elements"},
			{Shape: "redisson_delay_queue_timeout:{<name…>}", Types: zsets, Role: DelayedSet, What: "a delayed queue's elements by due time"},
			{Shape: "redisson_bq_timeout_set:{<name…>}", Types: zsets, Role: InFlight, What: "a queue's elements by their timeout"},
			{Shape: "{<name…>}:redisson_options", Types: hashes, Role: Config, What: "a map's settings"},
			{Shape: "{<name…>}:redisson_unlock_latch<…>", Types: texts, Role: Lock, What: "that a lock was released"},
			{Shape: "{<name…>}:permits", Types: zsets, Role: Limiter, What: "a limiter's permits", when: expires},
			{Shape: "{<name…>}:config", Types: hashes, Role: Config, What: "the settings of a map or filter"},
		},
	},
	{
		Name: "Centrifuge", Source: "centrifugal/centrifuge 0.3x, broker_redis.go and presence_redis.go",
		Bound: "history_size, history_ttl and history_meta_ttl of a namespace",
		Keys: []Key{
			{Shape: "centrifuge.stream.meta.<channel…>", Types: hashes, Role: Counter, What: "a channel's position"},
			{Shape: "centrifuge.list.meta.<channel…>", Types: hashes, Role: Counter, What: "a channel's position"},
			{Shape: "centrifuge.history.meta.<channel…>", Types: hashes, Role: Counter, What: "a channel's position"},
			{Shape: "centrifuge.stream.<channel…>", Types: streams, Role: Feed, What: "a channel's history", when: hasElements},
			{Shape: "centrifuge.history.stream.<channel…>", Types: streams, Role: Feed, What: "a channel's history", when: hasElements},
			{Shape: "centrifuge.list.<channel…>", Types: lists, Role: Feed, What: "a channel's history", when: hasElements},
			{Shape: "centrifuge.history.list.<channel…>", Types: lists, Role: Feed, What: "a channel's history", when: hasElements},
			{Shape: "centrifuge.presence.data.<channel…>", Types: hashes, Role: Index, What: "who is in a channel"},
			{Shape: "centrifuge.presence.expire.<channel…>", Types: zsets, Role: Index, What: "until when they are in a channel"},
			{Shape: "centrifuge.result.<key…>", Types: []dataType{tString, tHash}, Role: Lock, What: "a publication that may be made once"},
		},
	},
	{
		Name: "rspamd", Source: "rspamd/rspamd 3, lualib/lua_redis.lua, src/plugins/lua/{ratelimit,greylist,reputation,history_redis,bayes_expiry}.lua and the statistics manual",
		Bound: "expire of the classifier (with lazy), expire of greylist and ratelimit, nrows of history_redis",
		Keys: []Key{
			{Shape: "RS", Types: hashes, Role: Counter, What: "the classifier's totals"},
			{Shape: "RS_<int>", Types: hashes, Role: Counter, What: "a token's counts"},
			{Shape: "RS<user…>_<int>", Types: hashes, Role: Counter, What: "a token's counts"},
			{Shape: "BAYES_SPAM_keys", Types: sets, Role: Index, What: "the classifier's statistics"},
			{Shape: "BAYES_HAM_keys", Types: sets, Role: Index, What: "the classifier's statistics"},
			{Shape: "learned_ids", Types: hashes, Role: Index, What: "the messages that were learned"},
			{Shape: "rs_history<host…>", Types: lists, Role: Feed, What: "the last messages", when: hasElements},
			{Shape: "RL<base32>", Types: hashes, Role: Limiter, What: "a rate limit's bucket", when: isBucket},
			{Shape: "rr<base32>", Types: texts, Role: Limiter, What: "a message that was greylisted", when: expires},
			{Shape: "RR:<selector…>", Types: hashes, Role: Counter, What: "a sender's reputation"},
		},
	},
	{
		Name: "Mastodon", Source: "mastodon/mastodon 4, app/lib/feed_manager.rb and app/lib/activity_tracker.rb",
		Bound: "home feeds hold 800 statuses and are removed when a user is inactive; the scheduler does it (Scheduler::UserCleanupScheduler, vacuum)",
		Keys: []Key{
			{Shape: "<*>feed:home:<int>", Types: zsets, Role: Feed, What: "a home feed", when: isRanked},
			{Shape: "feed:list:<int>", Types: zsets, Role: Feed, What: "a list's feed", when: isRanked},
			{Shape: "feed:<kind>:<int>:reblogs", Types: zsets, Role: Index, What: "what was boosted in a feed"},
			{Shape: "feed:<kind>:<int>:reblogs:<int>", Types: sets, Role: Index, What: "who boosted a status in a feed"},
			{Shape: "activity:<what…>", Types: texts, Role: Counter, What: "counts by time", when: isNumbers},
		},
	},
	{
		Name: "GitLab", Source: "gitlab-org/gitlab 17, lib/gitlab/redis and config/redis",
		Bound: "entries expire by themselves; session_expire_delay",
		Keys: []Key{
			{Shape: "cache:gitlab:<key…>", Types: texts, Role: Cache, What: "a cached value", when: isMarshal},
			{Shape: "session:gitlab:2::<hex>", Types: texts, Role: Session, What: "a session", when: isMarshal},
			{Shape: "session:lookup:<key…>", Types: []dataType{tSet, tString}, Role: Index, What: "a user's sessions"},
			{Shape: "session:user:gitlab:<key…>", Types: []dataType{tString, tHash}, Role: Session, What: "what is shown of a session", when: expires},
		},
	},
	{
		Name: "Discourse", Source: "discourse/message_bus 4, lib/message_bus/backends/redis.rb",
		Bound: "max_backlog_size, max_global_backlog_size and max_backlog_age",
		Keys: []Key{
			{Shape: "<*>__mb_global_backlog_n", Types: zsets, Role: Feed, What: "the last messages", when: isRanked},
			{Shape: "<*>__mb_backlog_n_<channel…>", Types: zsets, Role: Feed, What: "a channel's last messages", when: isRanked},
			{Shape: "<*>__mb_backlog_id_n_<channel…>", Types: texts, Role: Counter, What: "a channel's last number"},
			{Shape: "__mb_global_id_n", Types: texts, Role: Counter, What: "the last number"},
		},
	},
	{
		Name: "LaunchDarkly", Source: "launchdarkly/go-server-sdk-redis-redigo 3, the SDK's manual on persistent stores",
		Bound: "one hash of all flags: it is as large as the flags are",
		Keys: []Key{
			{Shape: "launchdarkly:features", Types: hashes, Role: Config, What: "feature flags"},
			{Shape: "launchdarkly:segments", Types: hashes, Role: Config, What: "segments of users"},
			{Shape: "launchdarkly:$inited", Types: texts, Role: Config, What: "that flags were stored"},
		},
	},
}
