package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/rdblens/rdblens/cmd/internal/liveredis"
)

const (
	day = 24 * time.Hour

	// today is the date in the names of dated keys. It is fixed so that two
	// runs write the same keys.
	today = "2026-11-20"

	// databases is how many logical databases the shop uses.
	databases = 2

	// expiredKeys one-time codes have run out when the dump is saved and are
	// still in it.
	expiredKeys = 1200
)

// populate fills a replica with the shop. now is the clock that lifetimes and
// times in values count from; every lifetime is long enough to outlast the
// measurement, except those of the one-time codes, which are over: a replica
// takes and keeps them.
func populate(c *liveredis.Client, now time.Time) error {
	s := &seeder{c: c, rng: rand.New(rand.NewPCG(2026, 1120)), now: now}
	if _, err := c.Do("DEBUG", "SET-ACTIVE-EXPIRE", 0); err != nil {
		return err
	}
	for db, fill := range [databases]func(*seeder){storefront, backOffice} {
		if _, err := c.Do("SELECT", db); err != nil {
			return err
		}
		fill(s)
		if err := c.Flush(); err != nil {
			return fmt.Errorf("fill database %d: %w", db, err)
		}
		if err := s.applyIdle(); err != nil {
			return fmt.Errorf("set idle times in database %d: %w", db, err)
		}
	}
	return nil
}

// storefront is database 0.
func storefront(s *seeder) {
	sessions(s)
	carts(s)
	products(s)
	prices(s)
	caches(s)
	users(s)
	leaderboards(s)
	counters(s)
	streams(s)
	queues(s)
	tags(s)
	oddities(s)
	expiredCodes(s)
}

// sessions are small JSON strings, all with a TTL.
func sessions(s *seeder) {
	for range 5200 {
		life := s.recent(20*time.Minute, 14*day)
		seen := s.recent(time.Second, 6*time.Hour)
		s.set("session:"+s.uuid(), fmt.Sprintf(
			`{"user_id":%d,"csrf":"%s","ip":"%s","locale":"%s","last_seen":%d}`,
			100000+s.rng.IntN(40000), s.hex(16), ip(s), s.pick(locales), s.now.Add(-seen).Unix()),
			life, seen)
	}
}

// carts are hashes; most of them are abandoned and a fifth never expires.
func carts(s *seeder) {
	for _, id := range s.distinct(4200, 100000, 140000) {
		idle := s.between(time.Minute, 20*day)
		if s.chance(61) {
			idle = s.between(31*day, 120*day)
		}
		cart := []any{"currency", s.pick(currencies), "last_update", s.now.Add(-idle).Unix()}
		for _, p := range s.distinct(1+s.rng.IntN(6), 1000, 4000) {
			cart = append(cart, fmt.Sprintf("item:%d", p), 1+s.rng.IntN(4))
		}
		life := never
		if s.chance(80) {
			life = s.between(2*day, 30*day)
		}
		s.add("HSET", fmt.Sprintf("cart:%d", id), 2, cart, life, idle)
	}
}

// products are large JSON documents that compress well, and hashes with the
// facts a listing needs. Some products have just over 512 attributes.
func products(s *seeder) {
	ids := s.distinct(2600, 1000, 6000)
	for i, id := range ids {
		idle := s.recent(time.Second, 9*day)
		brand, price := s.pick(brands), 199+s.rng.IntN(40000)
		s.add("HSET", fmt.Sprintf("product:%d:listing", id), 2, []any{
			"sku", fmt.Sprintf("%s-%05d", strings.ToUpper(brand[:3]), id), "brand", brand,
			"price", price, "stock", s.rng.IntN(400), "rating", fmt.Sprintf("%d.%d", 1+s.rng.IntN(4), s.rng.IntN(10)),
			"category", s.pick(categories),
		}, never, idle)
		if i < 380 {
			life := never
			if s.chance(88) {
				life = s.between(day, 7*day)
			}
			s.set(fmt.Sprintf("product:%d", id), productJSON(s, id, brand, price), life, idle)
		}
		if i < 28 {
			n := 513 + s.rng.IntN(40)
			attributes := make([]any, 0, 2*n)
			for a := range n {
				attributes = append(attributes, fmt.Sprintf("attr%d", a), s.rng.IntN(5000))
			}
			s.add("HSET", fmt.Sprintf("product:%d:attributes", id), 2, attributes, never, idle)
		}
	}
}

func productJSON(s *seeder, id int, brand string, price int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"id":%d,"brand":%q,"price":{"amount":%d,"currency":"EUR"},"title":%q,"description":%q,"variants":[`,
		id, brand, price, s.words(5), s.words(60))
	for v := range 8 {
		if v > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"variant_id":%d,"color":%q,"size":%q,"available":true,"warehouse":"central","lead_time_days":2,"image":"https://cdn.shop.example/img/%d/%d.webp"}`,
			id*10+v, s.pick(colors), s.pick(sizes), id, v)
	}
	fmt.Fprintf(&b, `],"shipping":{"free":true,"countries":["DE","AT","CH","FR","NL"]},"seo":{"keywords":%q}}`, s.words(12))
	return b.String()
}

// prices all expire within one minute: an import set them in one go.
func prices(s *seeder) {
	for _, id := range s.distinct(5000, 10000, 90000) {
		life := 3*time.Hour + s.between(0, 45*time.Second)
		s.set(fmt.Sprintf("price:%d", id), strconv.Itoa(99+s.rng.IntN(90000)), life, s.between(time.Minute, time.Hour))
	}
}

// caches have a TTL, except three of a hundred.
func caches(s *seeder) {
	life := func() time.Duration {
		if s.chance(3) {
			return never
		}
		return s.recent(20*time.Minute, day)
	}
	for _, id := range s.distinct(2000, 1000, 9000) {
		s.set(fmt.Sprintf("cache:product:%d", id), fmt.Sprintf(
			`<article class="product"><h2 class="product-title">%s</h2><p class="product-text">%s</p></article>`,
			s.words(3), s.words(8)), life(), s.recent(time.Second, 2*day))
	}
	for range 2000 {
		s.set("cache:search:"+s.hex(16), strings.Trim(strings.Join(strings.Fields(fmt.Sprint(s.distinct(9, 1000, 4000))), ","), "[]"),
			life(), s.recent(time.Second, 2*day))
	}
	// The same footer for every page of a language.
	footer := `<footer class="footer">` + strings.Repeat(`<a class="footer-link" href="/imprint">imprint</a>`, 10) + `</footer>`
	for _, page := range s.distinct(700, 1, 3000) {
		s.set(fmt.Sprintf("cache:page:%d:footer", page), footer, life(), s.recent(time.Second, 2*day))
	}
	// A report that nobody splits: more than a mebibyte in one string.
	var b strings.Builder
	for line := range 14000 {
		fmt.Fprintf(&b, `{"date":"%s","warehouse":"central","currency":"EUR","status":"shipped","carrier":"standard","line":%d}`+"\n", today, line)
	}
	s.set("report:daily:"+today, b.String(), 9*day, 4*time.Hour)
	// Uploads that were forgotten.
	for range 1200 {
		s.set("temp:upload:"+s.uuid(), "chunk="+strconv.Itoa(s.rng.IntN(64))+";sha1="+s.hex(40), never, s.between(40*day, 150*day))
	}
	for _, id := range s.distinct(600, 1, 90000) {
		s.set(fmt.Sprintf("temp:export:%d", id), "pending", never, s.between(40*day, 150*day))
	}
}

// users are spread over small keys of one entity, hashes with one value just
// over the listpack limit, and hash-tagged keys of a cluster-ready service.
func users(s *seeder) {
	for _, id := range s.distinct(1300, 100000, 140000) {
		idle := s.between(time.Minute, 60*day)
		first := s.pick(firstNames)
		s.set(fmt.Sprintf("user:%d:name", id), first+" "+s.pick(lastNames), never, idle)
		s.set(fmt.Sprintf("user:%d:email", id), fmt.Sprintf("%s.%d@mail.example", strings.ToLower(first), id), never, idle)
		s.set(fmt.Sprintf("user:%d:visits", id), strconv.Itoa(s.rng.IntN(4000)), never, idle)
	}
	for _, id := range s.distinct(1200, 100000, 140000) {
		note := s.words(20)
		s.add("HSET", fmt.Sprintf("prefs:%d", id), 2, []any{
			"lang", s.pick(locales), "currency", s.pick(currencies), "newsletter", s.rng.IntN(2), "theme", s.pick(colors),
			"size", s.pick(sizes), "store", s.rng.IntN(300), "updated", s.now.Add(-s.between(time.Hour, 90*day)).Unix(),
			"delivery_note", note[:65+s.rng.IntN(10)],
		}, never, s.between(time.Minute, 45*day))
	}
	for _, id := range s.distinct(700, 100000, 140000) {
		idle := s.between(time.Minute, 20*day)
		tag := fmt.Sprintf("{user:%d}", id)
		s.add("HSET", tag+":profile", 2, []any{"tier", s.pick(tiers), "points", s.rng.IntN(9000), "since", 2015 + s.rng.IntN(11)}, never, idle)
		s.add("RPUSH", tag+":recent", 1, integers(s.distinct(4+s.rng.IntN(16), 1000, 6000)), 30*day+s.between(0, 9*day), idle)
		s.add("SADD", tag+":wishlist", 1, integers(s.distinct(1+s.rng.IntN(20), 1000, 6000)), never, idle)
	}
}

// leaderboards are sorted sets: one that nobody trims, daily ones, and boards
// of friends just over the listpack limit of 128 members.
func leaderboards(s *seeder) {
	board := func(key string, members int, life, idle time.Duration) {
		list := make([]any, 0, 2*members)
		for _, id := range s.distinct(members, 100000, 140000) {
			list = append(list, 10*s.rng.IntN(900000), fmt.Sprintf("user:%d", id))
		}
		s.add("ZADD", key, 2, list, life, idle)
	}
	board("leaderboard:alltime", 12000, never, time.Minute)
	for d := range 7 {
		board("leaderboard:"+date(d), 1200, time.Duration(30-d)*day, s.between(time.Minute, time.Hour)+time.Duration(d)*day)
	}
	for _, id := range s.distinct(40, 100000, 140000) {
		board(fmt.Sprintf("leaderboard:friends:%d", id), 129+s.rng.IntN(20), never, s.between(time.Minute, 9*day))
	}
	stores := make([]any, 0, 900)
	for i := range 300 {
		stores = append(stores,
			fmt.Sprintf("%.5f", 5.9+s.rng.Float64()*9), fmt.Sprintf("%.5f", 47.3+s.rng.Float64()*7), fmt.Sprintf("store:%d", i))
	}
	s.add("GEOADD", "stores:geo", 3, stores, never, time.Minute)
}

// counters are integers by date; those of an old year were never removed.
func counters(s *seeder) {
	for d := range 7 {
		for _, id := range s.distinct(500, 1000, 6000) {
			s.set(fmt.Sprintf("stats:%s:views:%d", date(d), id), strconv.Itoa(1+s.rng.IntN(9000)), time.Duration(60-d)*day, time.Duration(d)*day+s.between(0, 4*time.Hour))
		}
	}
	for _, id := range s.distinct(800, 1000, 6000) {
		s.set(fmt.Sprintf("stats:2024-01-31:views:%d", id), strconv.Itoa(1+s.rng.IntN(90000)), never, 140*day)
	}
	for d := range 7 {
		visitors := integers(s.distinct(3000, 100000, 140000))
		s.add("PFADD", "visitors:"+date(d), 1, visitors, time.Duration(60-d)*day, time.Duration(d)*day+time.Hour)
		for _, id := range s.distinct(300, 0, 40000) {
			s.send("SETBIT", "active:"+date(d), id, 1)
		}
		s.age("active:"+date(d), time.Duration(60-d)*day, time.Duration(d)*day+time.Hour)
	}
}

// streams carry consumer groups with entries that were never acknowledged.
func streams(s *seeder) {
	for _, shop := range []string{"de", "fr", "nl"} {
		key := "events:orders:" + shop
		id := s.now.Add(-2 * day).UnixMilli()
		for i := range 1500 {
			id += s.rng.Int64N(40000)
			s.send("XADD", key, fmt.Sprintf("%d-0", id),
				"order", 700000+i, "user", 100000+s.rng.IntN(40000), "total", 499+s.rng.IntN(20000), "status", s.pick(orderStates))
		}
		for _, group := range []string{"billing", "shipping"} {
			s.send("XGROUP", "CREATE", key, group, 0)
			for worker := 1; worker <= 3; worker++ {
				s.send("XREADGROUP", "GROUP", group, group+"-worker-"+strconv.Itoa(worker), "COUNT", 20+s.rng.IntN(60), "STREAMS", key, ">")
			}
		}
	}
	for i := range 4000 {
		fields := []any{"XADD", "events:clicks", fmt.Sprintf("%d-%d", s.now.Add(-3*time.Hour).UnixMilli()+int64(i)*2500, i%3),
			"page", s.pick(categories), "product", 1000 + s.rng.IntN(5000)}
		if s.chance(20) {
			fields = append(fields, "referrer", s.pick(referrers))
		}
		s.send(fields...)
	}
	s.send("XTRIM", "events:clicks", "MAXLEN", 3000)
}

// queues are lists of JSON jobs.
func queues(s *seeder) {
	for name, jobs := range []int{1800, 240, 30, 3} {
		key := "queue:" + []string{"emails", "images", "invoices", "refunds"}[name]
		list := make([]any, 0, jobs)
		for i := range jobs {
			list = append(list, fmt.Sprintf(`{"job":%d,"template":%q,"user":%d,"attempts":%d}`,
				500000+i, s.pick(templates), 100000+s.rng.IntN(40000), s.rng.IntN(3)))
		}
		s.add("RPUSH", key, 1, list, never, 0)
	}
}

// tags are sets of product numbers: small ones are intsets, many have just
// over 512 members and are not.
func tags(s *seeder) {
	for i := range 90 {
		n := 20 + s.rng.IntN(400)
		if i%3 == 0 {
			n = 513 + s.rng.IntN(80)
		}
		s.add("SADD", fmt.Sprintf("tag:%s-%s", colors[i%len(colors)], prose[i%len(prose)]), 1, integers(s.distinct(n, 1000, 9000)), never, s.between(0, 3*day))
	}
	for i, name := range prose[:40] {
		s.set("flag:"+name, []string{"on", "off", strconv.Itoa(i)}[i%3], never, 0)
	}
	for _, category := range categories {
		members := make([]any, 0, 60)
		for _, p := range prose[:30+s.rng.IntN(30)] {
			members = append(members, category+"/"+p)
		}
		s.add("SADD", "facets:"+category, 1, members, never, s.between(0, day))
	}
}

// oddities are keys whose names are not text.
func oddities(s *seeder) {
	for i := range 24 {
		s.set("thumb:\xff\xd8\xff\xe0"+string([]byte{byte(i), 0xc3, 0x28}), "\x89PNG\r\n\x1a\n"+s.hex(120), 2*day, time.Hour)
	}
	s.set("search:\x1b]0;a title\x07\x1b[31mred", "0", never, 9*day)
	s.set("größe:übersicht", "EU", never, day)
}

// backOffice is database 1.
func backOffice(s *seeder) {
	for _, n := range s.distinct(2600, 0, 1<<24) {
		s.set(fmt.Sprintf("ratelimit:10.%d.%d.%d", n>>16, n>>8&255, n&255), strconv.Itoa(1+s.rng.IntN(100)),
			s.between(30*time.Minute, 90*time.Minute), s.between(time.Second, time.Minute))
	}
	for range 1200 {
		life := never
		if s.chance(70) {
			life = s.between(day, 3*day)
		}
		s.add("HSET", "job:"+s.uuid(), 2, []any{
			"state", s.pick(orderStates), "queue", s.pick(templates), "attempts", s.rng.IntN(5), "created", s.now.Add(-s.between(time.Minute, 9*day)).Unix(),
		}, life, s.between(time.Minute, 9*day))
	}
	dead := make([]any, 0, 400)
	for i := range 400 {
		dead = append(dead, fmt.Sprintf(`{"job":%d,"error":"timeout after 30 s while talking to the mail relay","retries":%d}`, i, s.rng.IntN(25)))
	}
	s.add("RPUSH", "queue:dead", 1, dead, never, 12*day)
}

// expiredCodes writes one-time codes that ran out up to half an hour ago.
func expiredCodes(s *seeder) {
	for _, number := range s.distinct(expiredKeys, 1500000, 1799999) {
		s.send("SET", fmt.Sprintf("otp:+49%d", number), fmt.Sprintf("%06d", s.rng.IntN(1000000)),
			"PXAT", s.now.Add(-s.between(10*time.Second, 30*time.Minute)).UnixMilli())
	}
}

// date returns the date n days before today.
func date(n int) string {
	t, err := time.Parse(time.DateOnly, today)
	if err != nil {
		panic(err) // the constant is malformed
	}
	return t.AddDate(0, 0, -n).Format(time.DateOnly)
}

func integers(list []int) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// ip returns an address whose networks follow a skewed distribution.
func ip(s *seeder) string {
	net := int(math.Pow(s.rng.Float64(), 2) * 200)
	return fmt.Sprintf("10.%d.%d.%d", net, s.rng.IntN(256), 1+s.rng.IntN(254))
}

var (
	locales     = []string{"de_DE", "en_US", "fr_FR", "nl_NL", "it_IT"}
	currencies  = []string{"EUR", "USD", "CHF"}
	brands      = []string{"Nordwind", "Alba", "Kestrel", "Oakline", "Fjord", "Marigold"}
	categories  = []string{"shoes", "jackets", "bags", "tents", "lamps", "bikes", "books", "toys"}
	colors      = []string{"black", "white", "red", "green", "blue", "sand", "olive"}
	sizes       = []string{"XS", "S", "M", "L", "XL"}
	tiers       = []string{"bronze", "silver", "gold"}
	orderStates = []string{"new", "paid", "packed", "shipped", "returned"}
	templates   = []string{"welcome", "order-confirmation", "shipping-notice", "invoice", "password-reset"}
	referrers   = []string{"newsletter", "search", "partner"}
	firstNames  = []string{"Anna", "Ben", "Carla", "David", "Eva", "Felix", "Greta", "Hugo", "Ida", "Jonas"}
	lastNames   = []string{"Albrecht", "Bauer", "Conti", "Dupont", "Eriksen", "Fischer", "Garcia", "Hansen"}
	prose       = strings.Fields(`a light and durable companion for every season with soft lining reinforced seams water
		repellent fabric breathable mesh adjustable straps quick drying recycled yarn designed in the north tested on long
		trails easy to clean fits most sizes ships within two days comes with five year warranty handy pockets keep small
		things close while padded back spreads weight evenly matching colours available classic cut timeless look warm dry
		comfortable robust compact folds flat hangs well pairs nicely under heavy rain strong wind bright sun cold nights`)
)
