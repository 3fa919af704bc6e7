package role

// Caches, sessions and limits of web frameworks.

var webFrameworks = []Framework{
	{
		Name: "Laravel cache", Source: "laravel/framework 11, src/Illuminate/Cache/RedisStore.php, RedisTagSet.php and config/cache.php",
		Bound: "a TTL for each Cache::put and remember; cache:prune-stale-tags for the tag sets",
		Keys: []Key{
			{Shape: "<app>_cache_:tag:<tag…>:entries", Types: zsets, Role: Index, What: "the entries with a tag"},
			{Shape: "<app>_cache:tag:<tag…>:entries", Types: zsets, Role: Index, What: "the entries with a tag"},
			{Shape: "<app>:tag:<tag…>:entries", Types: zsets, Role: Index, What: "the entries with a tag"},
			{Shape: "<app>:<hex>:standard_ref", Types: sets, Role: Index, What: "the entries with tags"},
			{Shape: "<app>:<hex>:forever_ref", Types: sets, Role: Index, What: "the entries with tags that have no TTL"},
			{Shape: "laravel_cache<key…>", Types: texts, Role: Cache, What: "a cached value", when: isPHP},
			{Shape: "<*>_cache_<key…>", Types: texts, Role: Cache, What: "a cached value", when: serialized},
			{Shape: "<*>_cache:<key…>", Types: texts, Role: Cache, What: "a cached value", when: serialized},
			{Shape: "<*>-cache-<key…>", Types: texts, Role: Cache, What: "a cached value", when: serialized},
		},
	},
	{
		Name: "Spring Session", Source: "spring-projects/spring-session 3, spring-session-data-redis, RedisIndexedSessionRepository.java and RedisSessionRepository.java",
		Bound: "server.servlet.session.timeout; cleanup-cron removes what is in the index of a session that is gone",
		Keys: []Key{
			{Shape: "<app…>:session:sessions:expires:<id>", Types: texts, Role: Session, What: "the marker of a session's end", when: expireAll},
			{Shape: "<app…>:session:sessions:<id>", Types: hashes, Role: Session, What: "a session", when: isSession},
			{Shape: "<app…>:session:expirations:<int>", Types: sets, Role: Index, What: "the sessions that end in a minute"},
			{Shape: "<app…>:session:sessions:expirations", Types: zsets, Role: Index, What: "the sessions by their end"},
			{Shape: "<app…>:session:index:<name…>", Types: sets, Role: Index, What: "the sessions of a user"},
			{Shape: "<app…>:session:sessions:index:<name…>", Types: sets, Role: Index, What: "the sessions of a user"},
		},
	},
	{
		Name: "Spring Cache", Source: "spring-projects/spring-data-redis 3, RedisCacheConfiguration.java and CacheKeyPrefix.java",
		Bound: "spring.cache.redis.time-to-live or entryTtl: without it a cache's entries never expire",
		app:   true,
		Keys: []Key{
			{Shape: "<cache>::<key…>", Types: texts, Role: Cache, What: "an entry of a cache", when: isJava},
			{Shape: "<cache>~lock", Types: texts, Role: Lock, What: "the lock of a cache"},
		},
	},
	{
		Name: "Spring Data", Source: "spring-projects/spring-data-redis 3, RedisKeyValueAdapter.java and the reference manual, Redis Repositories",
		need:  1,
		Bound: "timeToLive of @RedisHash or @TimeToLive; enableKeyspaceEvents cleans the indexes up",
		Keys: []Key{
			{Shape: "<*>:<id>", Types: hashes, Role: Unknown, What: "an object of the application", anchor: true, when: isObject},
			{Shape: "<*>", Types: sets, Role: Index, What: "the objects of a class"},
			{Shape: "<*>:<id>:idx", Types: sets, Role: Index, What: "the indexes an object is in"},
			{Shape: "<*>:<id>:phantom", Types: hashes, Role: Index, What: "the copy that is there when an object expired"},
			{Shape: "<*>:<property>:<value…>", Types: sets, Role: Index, What: "the objects with a value"},
		},
	},
	{
		Name: "Django", Source: "django/django 5, django/core/cache/backends/base.py, django/contrib/sessions/backends/cache.py; encode/django-rest-framework 3, rest_framework/throttling.py",
		Bound: "TIMEOUT of CACHES (300 s; None never expires), SESSION_COOKIE_AGE",
		Keys: []Key{
			{Shape: "<*>:<int>:django.contrib.sessions.cache<key>", Types: texts, Role: Session, What: "a session", when: isPickle},
			{Shape: "<*>:<int>:django.contrib.sessions.cached_db<key>", Types: texts, Role: Session, What: "a session", when: isPickle},
			{Shape: "<*>:<int>:views.decorators.cache.<page…>", Types: texts, Role: Cache, What: "a cached page", when: isPickle},
			{Shape: "<*>:<int>:template.cache.<fragment…>", Types: texts, Role: Cache, What: "a cached fragment", when: isPickle},
			{Shape: "<*>:<int>:throttle_<scope…>", Types: texts, Role: Limiter, What: "a client's requests", when: expires},
			{Shape: "<*>:<int>:<key…>constance:<name…>", Types: texts, Role: Config, What: "a setting"},
			{Shape: "<*>:<int>:constance:<name…>", Types: texts, Role: Config, What: "a setting"},
			{Shape: "constance:<name…>", Types: texts, Role: Config, What: "a setting"},
			{Shape: "<*>:<int>:<key…>", Types: texts, Role: Cache, What: "a cached value", when: pickledAndExpires},
		},
	},
	{
		Name: "Flask", Source: "pallets-eco/flask-session 0.8, pallets-eco/flask-caching 2, sqlalchemy/dogpile.cache 1, alisaifee/limits 3",
		Bound: "PERMANENT_SESSION_LIFETIME, CACHE_DEFAULT_TIMEOUT, redis_expiration_time of a dogpile region",
		Keys: []Key{
			{Shape: "session:<uuid>", Types: texts, Role: Session, What: "a session", when: flaskValue},
			{Shape: "flask_cache_<key…>", Types: texts, Role: Cache, What: "a cached value", when: isPickle},
			{Shape: "LIMITER/<key…>", Types: []dataType{tString, tList, tHash, tZset}, Role: Limiter, What: "a client's requests", when: expires},
			{Shape: "LIMITS:LIMITER/<key…>", Types: []dataType{tString, tList, tHash, tZset}, Role: Limiter, What: "a client's requests", when: expires},
		},
	},
	{
		Name: "Rails", Source: "rails/rails 7, activesupport/lib/active_support/cache/redis_cache_store.rb; roidrage/redis-session-store and redis-store/redis-rails",
		Bound: "expires_in of the store, expire_after of the session store",
		Keys: []Key{
			{Shape: "<*>views/<template…>", Types: texts, Role: Cache, What: "a cached fragment", when: isMarshal},
			{Shape: "cache:<key…>", Types: texts, Role: Cache, What: "a cached value", when: marshalled},
			{Shape: "<*>2::<hex>", Types: texts, Role: Session, What: "a session", when: isMarshal},
			{Shape: "rack:session:<id…>", Types: texts, Role: Session, What: "a session", when: isMarshal},
			{Shape: "_session_id:<id…>", Types: texts, Role: Session, What: "a session", when: isMarshal},
			{Shape: "rack::attack:<rule…>", Types: texts, Role: Limiter, What: "a client's requests", when: expires},
		},
	},
	{
		Name: "Symfony", Source: "symfony/symfony 7, src/Symfony/Component/Cache/Adapter/RedisTagAwareAdapter.php and Component/HttpFoundation/Session/Storage/Handler/RedisSessionHandler.php",
		Bound: "default_lifetime of the pool (0 never expires), ttl of the session handler; cache:pool:prune",
		Keys: []Key{
			{Shape: "<namespace…>\x01tags\x01<tag…>", Types: sets, Role: Index, What: "the entries with a tag"},
			{Shape: "<namespace…>\x00tags\x00<tag…>", Types: sets, Role: Index, What: "the entries with a tag"},
			{Shape: "sf_s<base62>", Types: texts, Role: Session, What: "a session", when: isSession},
			{Shape: "doctrine:<hex>", Types: texts, Role: Cache, What: "Doctrine's cached result or metadata", when: expires},
		},
	},
	{
		Name: "phpredis", Source: "phpredis/phpredis 6, redis_session.c and the README",
		Bound: "session.gc_maxlifetime",
		Keys: []Key{
			{Shape: "PHPREDIS_SESSION:<id…>", Types: texts, Role: Session, What: "a session", when: isSession},
			{Shape: "PHPREDIS_SESSION:<id>_LOCK", Types: texts, Role: Lock, What: "a session's lock"},
		},
	},
	{
		Name: "Horde", Source: "horde/HashTable 2, lib/Horde/HashTable/Base.php",
		Bound: "the expire parameter of what is set",
		Keys:  []Key{{Shape: "hht_<id…>", Types: texts, Role: Unknown, What: "an entry of the hash table"}},
	},
	{
		Name: "Magento", Source: "colinmollenhour/Cm_Cache_Backend_Redis 1, Cm/Cache/Backend/Redis.php; Cm_RedisSession and php-redis-session-abstract 1",
		Bound: "lifetimelimit of the backend, and its garbage collection for the tag sets (clean('old')); max_lifetime of the sessions",
		Keys: []Key{
			{Shape: "<*>zc:k:<id…>", Types: hashes, Role: Cache, What: "a cached value", when: cachedHash},
			{Shape: "<*>zc:ti:<tag…>", Types: sets, Role: Index, What: "the entries with a tag"},
			{Shape: "zc:tags", Types: sets, Role: Index, What: "the tags"},
			{Shape: "zc:ids", Types: sets, Role: Index, What: "the entries"},
			{Shape: "sess_<id…>", Types: hashes, Role: Session, What: "a session", when: isSession},
		},
	},
	{
		Name: "WordPress", Source: "rhubarbgroup/redis-cache 2, includes/object-cache.php",
		Bound: "WP_REDIS_MAXTTL and WP_REDIS_IGNORED_GROUPS: without a maximum most entries never expire",
		need:  2,
		Keys: []Key{
			{Shape: "<*>:options:alloptions", Types: texts, Role: Cache, What: "the options", anchor: true, when: isPHP},
			{Shape: "<*>:options:notoptions", Types: texts, Role: Cache, What: "the options that are none", anchor: true, when: isPHP},
			{Shape: "<*>:default:is_blog_installed", Types: texts, Role: Cache, What: "that the blog is installed", anchor: true, when: phpOrNumber},
			{Shape: "<*>:posts:last_changed", Types: texts, Role: Cache, What: "when posts changed", anchor: true, when: phpOrNumber},
			{Shape: "<*>:posts:<id…>", Types: texts, Role: Cache, What: "a cached post", anchor: true, when: isPHP},
			{Shape: "<*>:post_meta:<id…>", Types: texts, Role: Cache, What: "a post's fields", anchor: true, when: isPHP},
			{Shape: "<*>:user_meta:<id…>", Types: texts, Role: Cache, What: "a user's fields", anchor: true, when: isPHP},
			{Shape: "<*>:users:<id…>", Types: texts, Role: Cache, What: "a cached user", anchor: true, when: isPHP},
			{Shape: "<*>:terms:<id…>", Types: texts, Role: Cache, What: "a cached term", anchor: true, when: isPHP},
			{Shape: "<*>:transient:<name…>", Types: texts, Role: Cache, What: "a transient", anchor: true, when: isPHP},
			{Shape: "<*>:site-transient:<name…>", Types: texts, Role: Cache, What: "a transient of the network", anchor: true, when: isPHP},
		},
	},
	{
		Name: "Drupal", Source: "md-systems/redis 8.x-1, src/Cache/CacheBase.php and PhpRedis.php",
		Bound: "perm_ttl of the bins, in $settings['redis.settings']: permanent entries live a year without it",
		need:  2,
		Keys: []Key{
			{Shape: "<*>:bootstrap:<id…>", Types: hashes, Role: Cache, What: "a cached value", anchor: true, when: cachedHash},
			{Shape: "<*>:config:<id…>", Types: hashes, Role: Cache, What: "a cached setting", anchor: true, when: cachedHash},
			{Shape: "<*>:render:<id…>", Types: hashes, Role: Cache, What: "a rendered part", anchor: true, when: cachedHash},
			{Shape: "<*>:data:<id…>", Types: hashes, Role: Cache, What: "a cached value", anchor: true, when: cachedHash},
			{Shape: "<*>:discovery:<id…>", Types: hashes, Role: Cache, What: "what was discovered", anchor: true, when: cachedHash},
			{Shape: "<*>:entity:<id…>", Types: hashes, Role: Cache, What: "a cached entity", anchor: true, when: cachedHash},
			{Shape: "<*>:page:<id…>", Types: hashes, Role: Cache, What: "a cached page", anchor: true, when: cachedHash},
			{Shape: "<*>:dynamic_page_cache:<id…>", Types: hashes, Role: Cache, What: "a cached page", anchor: true, when: cachedHash},
			{Shape: "<*>:cachetags:<tag…>", Types: texts, Role: Counter, What: "how often a tag was invalidated", anchor: true},
			{Shape: "<*>:lock:<name…>", Types: texts, Role: Lock, What: "a lock"},
		},
	},
	{
		Name: "Nextcloud", Source: "nextcloud/server 30, lib/private/Memcache/Factory.php and Redis.php, lib/private/Lock/MemcacheLockingProvider.php",
		Bound: "entries have a TTL of a day at most unless the caller says otherwise",
		need:  1,
		Keys: []Key{
			{Shape: "<*>/lockfiles/<key…>", Types: texts, Role: Lock, What: "the lock of a file", anchor: true},
			{Shape: "<*>/<key…>", Types: texts, Role: Cache, What: "a cached value", when: expires},
		},
	},
	{
		Name: "connect-redis", Source: "tj/connect-redis 8, the README (prefix, ttl)",
		Bound: "ttl of the store, or cookie.maxAge of the session",
		Keys: []Key{
			{Shape: "sess:<id…>", Types: texts, Role: Session, What: "a session", when: isSession},
			{Shape: "<app>sess:<id…>", Types: texts, Role: Session, What: "a session", when: sessionValue},
		},
	},
	{
		Name: "Go sessions", Source: "alexedwards/scs 2, redisstore (prefix scs:session:); boj/redistore 1 (prefix session_)",
		Bound: "Lifetime and IdleTimeout, or SetMaxAge",
		Keys: []Key{
			{Shape: "scs:session:<id…>", Types: texts, Role: Session, What: "a session", when: expires},
			{Shape: "session_<base62>", Types: texts, Role: Session, What: "a session", when: expires},
		},
	},
	{
		Name: "Java sessions", Source: "alexxiyang/shiro-redis 3, README (shiro:session:); dromara/sa-token 1, SaTokenConfig and StpLogic.java; redisson/redisson 3, redisson-tomcat",
		Bound: "the session's timeout, and timeout and active-timeout of Sa-Token",
		Keys: []Key{
			{Shape: "shiro:session:<id…>", Types: texts, Role: Session, What: "a session", when: isSession},
			{Shape: "<name>:login:token:<id…>", Types: texts, Role: Session, What: "whose a token is", when: expires},
			{Shape: "<name>:login:session:<id…>", Types: texts, Role: Session, What: "a user's session", when: expires},
			{Shape: "<name>:login:last-active:<id…>", Types: texts, Role: Session, What: "when a token was used", when: expires},
			{Shape: "redisson:tomcat_session:<id…>", Types: hashes, Role: Session, What: "a session", when: expires},
		},
	},
	{
		Name: "ASP.NET", Source: "dotnet/aspnetcore 8, src/Caching/StackExchangeRedis/src/RedisCache.cs",
		Bound: "AbsoluteExpirationRelativeToNow or SlidingExpiration of the entries, IdleTimeout of sessions",
		app:   true,
		Keys: []Key{
			{Shape: "<key…>", Types: hashes, Role: Cache, What: "an entry of IDistributedCache", when: isDistributed},
		},
	},
	{
		Name: "rate-limiter-flexible", Source: "animir/node-rate-limiter-flexible 5, lib/RateLimiterRedis.js and the wiki (keyPrefix rlflx)",
		Bound: "duration and blockDuration: keys expire with their window",
		Keys: []Key{
			{Shape: "rlflx:<key…>", Types: texts, Role: Limiter, What: "a client's points", when: expires},
		},
	},
	{
		Name: "Go limiters", Source: "go-redis/redis_rate 10 (prefix rate:); ulule/limiter 3 (prefix limiter)",
		Bound: "keys expire with their window",
		Keys: []Key{
			{Shape: "rate:<key…>", Types: texts, Role: Limiter, What: "a client's requests", when: numbersThatExpire},
			{Shape: "limiter:<key…>", Types: texts, Role: Limiter, What: "a client's requests", when: numbersThatExpire},
		},
	},
}
