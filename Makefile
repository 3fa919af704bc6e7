# rdblens. `make` alone prints the targets.

GO      ?= go
BIN     ?= $(CURDIR)/.bin
RDBLENS := $(CURDIR)/rdblens

# Tools are built once, by exact version, into .bin and never enter go.mod.
GOLANGCI_VERSION := v2.15.0
GOLANGCI := $(BIN)/golangci-lint-$(GOLANGCI_VERSION)

# Packages whose code starts goroutines, and aggregate, whose tests run all of those
# below it together; TestRacePackages fails when one is missing.
RACE_PACKAGES ?= ./parser ./aggregate ./aggregate/internal/collect ./aggregate/internal/sketch \
	./aggregate/internal/view ./report/rows ./cmd/rdblens ./cmd/internal/aoflog ./cmd/internal/liveredis \
	./cmd/internal/process ./cmd/internal/progress ./cmd/internal/source
FUZZTIME      ?= 30s
FUZZPACKAGES  ?= ./...
# Two targets at once with a worker each: what an input allocates can be told.
FUZZJOBS      ?= 2
FUZZPARALLEL  ?= 1
BENCHTIME     ?= 1s
ROUNDS        ?= 5
# What bench-compare measures, and against which commit.
REF           ?= HEAD
BENCH         ?= .
COUNT         ?= 6

LDFLAGS := -s -w

# Tests are built without cmd/rdblens/default.pgo: with it every package that the
# program imports is compiled twice, and no result depends on it. make demo and
# make e2e run the program as it is released. They are linked without what debuggers
# read, and not vetted: make vet does so once for all.
TEST := $(GO) test -pgo=off -vet=off -ldflags=-s

.DEFAULT_GOAL := help
.PHONY: help build install demo demo-data live test test-long race e2e fuzz fuzz-long torture kills mutants floods lint vet fmt fmt-check check cover golden accuracy bench bench-schemes bench-data pgo bench-peers bench-compare clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build ./rdblens
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(RDBLENS) ./cmd/rdblens

install: ## install rdblens into GOBIN
	CGO_ENABLED=0 $(GO) install -trimpath -ldflags '$(LDFLAGS)' ./cmd/rdblens

demo: build ## build, and print the report of the demo dump
	@$(RDBLENS) report --allocator jemalloc-debian testdata/demo.rdb

demo-data: ## write testdata/demo.* anew (needs redis-server)
	$(GO) run ./cmd/internal/dev/demodata -o testdata

live: build ## let servers live, explain their used_memory with --info, restart them, and hold the two together (SERVER=redis-server, SHORT=1: a twentieth)
	$(GO) run ./cmd/internal/dev/live -rdblens $(RDBLENS) -server $(or $(SERVER),redis-server) $(if $(SHORT),-short)

test: ## run the tests of the module without the longest ones
	$(TEST) -short ./...

test-long: ## run all tests of the module, as the CI does
	$(TEST) ./...

race: ## run the packages that start goroutines under the race detector, without the longest tests
	$(TEST) -race -short -timeout 20m $(RACE_PACKAGES)

e2e: ## our Parquet in DuckDB and HTML in Chromium (nested module; needs Node.js)
	cd cmd/e2e && $(GO) test -count=1 ./...

# Go's fuzzer now and then takes the end of -fuzztime for a failure and prints
# nothing but "context deadline exceeded" (golang.org/issue/75804). A finding
# always says more: the failing input's file, or that the process hung.
fuzz: ## run every fuzz target for FUZZTIME (30s) each, FUZZJOBS (2) at once
	@mkdir -p logs/fuzz
	@$(TEST) -list '^Fuzz' $(FUZZPACKAGES) | awk '/^Fuzz/ {f[n++] = $$1; next} /^ok/ {for (i = 0; i < n; i++) print $$2, f[i]; n = 0}' | \
	xargs -P $(FUZZJOBS) -L 1 sh -c 'log=logs/fuzz/$$1.log; \
		if $(TEST) -run "^$$" -fuzz "^$$1\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x -parallel $(FUZZPARALLEL) "$$0" >"$$log" 2>&1; \
		then echo "no finding: $$0 $$1: $$(grep "^fuzz: elapsed" "$$log" | tail -1)"; \
		elif [ "$$(sed -n "/^--- FAIL/,/^FAIL/p" "$$log" | sed "1d;\$$d" | tr -s " \n" " ")" = " context deadline exceeded " ]; \
		then echo "no finding: $$0 $$1, ended by the time it was given: $$(grep "^fuzz: elapsed" "$$log" | tail -1)"; \
		else echo "FINDING: $$0 $$1"; cat "$$log"; exit 1; fi'

fuzz-long: ## run every fuzz target for 10 minutes (or FUZZTIME) each; logs/fuzz-long.log
	@mkdir -p logs
	@{ date -u; $(MAKE) --no-print-directory fuzz FUZZTIME=$(if $(filter command environment,$(origin FUZZTIME)),$(FUZZTIME),10m) && echo "fuzz-long: no finding" || echo "fuzz-long: FINDINGS"; date -u; } 2>&1 | tee logs/fuzz-long.log
	@grep -q '^fuzz-long: no finding' logs/fuzz-long.log

torture: ## cut every dump at every offset, flip each byte, read in pieces and from a pipe; logs/torture.log (EVERY=100: a sample; FILES=zoo: some)
	@mkdir -p logs
	@{ date -u; \
	$(TEST) ./cmd/rdblens -run '^TestTorture$$' -v -count=1 -timeout 60m $(if $(EVERY)$(FILES),,-args -torture); \
	$(TEST) ./parser -run '^TestTorture$$' -v -count=1 -timeout 3h -args -torture $(if $(EVERY),-torture.every=$(EVERY)) $(if $(FILES),-torture.files='$(FILES)'); \
	} 2>&1 | tee logs/torture.log
	@grep -q '^ok .*/parser' logs/torture.log && grep -q '^ok .*/cmd/rdblens' logs/torture.log

kills: ## kill -9 each kind of output at KILLS (70) moments of its run, and fail each operation of the disk
	RDBLENS_KILLS=$(or $(KILLS),70) $(TEST) ./cmd/rdblens -run '^TestKill9$$' -v -count=1 -timeout 4h
	$(TEST) ./cmd/internal/output -count=1

floods: build ## run inputs made to fill memory, print peak RSS beside its bound (SHORT=1: smaller ones, RUN=parts: those with that name)
	$(GO) build -pgo=off -o .bin/floods ./cmd/internal/dev/floods
	.bin/floods -rdblens $(RDBLENS) $(if $(SHORT),-short) $(if $(RUN),-run '$(RUN)')

mutants: ## compare all commands on MUTANTS (20000) damaged dumps, and check with redis-check-rdb (one in CHECKED, 5) and redis-server (one in LOADED, 100)
	RDBLENS_MUTANTS=$(or $(MUTANTS),20000) RDBLENS_MUTANTS_CHECKED=$(or $(CHECKED),5) RDBLENS_MUTANTS_LOADED=$(or $(LOADED),100) $(TEST) ./cmd/rdblens -run '^TestMutants$$' -v -count=1 -timeout 4h

lint: $(GOLANGCI) ## run golangci-lint, layer rules included
	$(GOLANGCI) run

vet: ## run go vet
	$(GO) vet ./...

fmt: ## format all Go files
	gofmt -w .

fmt-check: ## fail when a Go file is not formatted
	@files=$$(gofmt -l .); \
	if [ -n "$$files" ]; then echo "not formatted; run make fmt:" >&2; echo "$$files" >&2; exit 1; fi

check: fmt-check vet lint test-long race ## everything a change must pass

cover: ## write cover/coverage.html, print the total, and hold the parser's own at 95 %
	@mkdir -p cover
	$(TEST) -coverprofile=cover/parser.out ./parser | tee cover/parser.txt
	@$(GO) tool cover -func=cover/parser.out | awk '$$3 != "100.0%" {print "  " $$0}'
	@awk '/coverage:/ {v = $$5; sub("%", "", v); found = 1; print "parser: " v " % of its statements by its own tests"; if (v < 95) exit 1} END {if (!found) exit 1}' cover/parser.txt
	$(TEST) -coverprofile=cover/coverage.out -coverpkg=./parser/...,./aggregate/...,./report/...,./cmd/rdblens/...,./cmd/internal/... ./...
	$(GO) tool cover -html=cover/coverage.out -o cover/coverage.html
	@$(GO) tool cover -func=cover/coverage.out | tail -1

golden: ## rewrite golden files from what the code prints now; read the diff
	$(TEST) $$(git grep -l 'flag.Bool("update"' -- '*_test.go' | xargs -r -n1 dirname | sort -u | sed 's|^|./|') -update

accuracy: ## hold the memory model against servers: print the table, write docs/accuracy.md
	$(GO) run ./cmd/internal/dev/accuracy

bench: ## benchmarks of the packages, then bench-peers
	$(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./...
	$(MAKE) bench-peers

bench-schemes: ## 10 million distinct ids in twenty naming schemes, and hostile keys: patterns and memory
	$(GO) test ./aggregate/internal/naming -run '^$$' -bench 'Schemes|HostileKeys' -benchtime 1x

bench-data: ## write the benchmark dumps into the cache (needs redis-server)
	for kind in mixed mixed-raw tiny ids hash zset string; do $(GO) run ./cmd/internal/dev/benchdata -kind $$kind || exit 1; done

pgo: ## profile the commands over the benchmark dumps; builds of the program go by cmd/rdblens/default.pgo (needs redis-server)
	@dumps=$$(for kind in mixed mixed-raw tiny hash zset; do $(GO) run ./cmd/internal/dev/benchdata -kind $$kind || exit 1; done) || exit 1; \
	dir=$$(mktemp -d) && RDBLENS_BENCH_DUMPS=$$dumps $(GO) test -trimpath -pgo=off ./cmd/rdblens -run '^$$' -bench '^BenchmarkReport$$' -benchtime 3x \
		-o $$dir/rdblens -cpuprofile $$dir/cpu && mv $$dir/cpu cmd/rdblens/default.pgo; status=$$?; rm -r $$dir; exit $$status

bench-peers: build ## measure against hdt3213/rdb and redis-check-rdb (KINDS=ids for the dump of identifiers, KINDS=export for per-key rows)
	$(GO) run ./cmd/internal/dev/benchpeers -rdblens $(RDBLENS) -rounds $(ROUNDS) $(foreach kind,$(KINDS),-kind $(kind))

bench-compare: ## the packages' benchmarks at REF and now, compared by benchstat (REF=main, BENCH=., COUNT=6)
	@bash cmd/internal/dev/benchpeers/compare.sh "$(REF)" "$(BENCH)" "$(COUNT)"

clean: ## remove what was built here, tools excepted
	rm -rf $(RDBLENS) cover dist

$(GOLANGCI):
	GOBIN=$(BIN) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv $(BIN)/golangci-lint $@
