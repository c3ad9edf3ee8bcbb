# What each target does: make help
SHELL := /bin/sh
GO    ?= go
BIN   := bin
WITH  := $(BIN)/with
CORPORA := $(if $(FORTHWITH_CORPORA),$(FORTHWITH_CORPORA),../shared/corpora)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

# The race detector needs a C compiler; without one the tests run without it. It
# leaves out what hashes passwords: assembly that it cannot see does that in 64 MiB,
# and watching over those took half of the time of the tests of pages.
RACE := $(shell test "$$(CGO_ENABLED=1 $(GO) env CGO_ENABLED)" = 1 && command -v "$$($(GO) env CC | cut -d' ' -f1)" >/dev/null 2>&1 && echo -race '-gcflags=golang.org/x/crypto/argon2=-race=false')
# What bounds memory cannot be tried beside the race detector, which takes more.
UNRACED := TestMemoryIsBounded|TestBombsAreRefusedAtOnce
# The packages to test, the longest first, and what else to hand to go test.
PKG ?= ./internal/postgres ./internal/faults ./api ./web $$($(GO) list ./... | grep -v /web/e2e$$)
ARGS ?=
# Fifty test programs are linked, and nobody opens one in a debugger.
LINK := -ldflags=-w

.DEFAULT_GOAL := help
.PHONY: run test e2e fuzz screenshots web bench check build conformance faults help clean \
	browser format vet static tested walked held computed faults-short faults-beside faults-alone faults-built servers servers-or-stand-in no-race fuzz-short

help: ## say what each target does
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "  %-18s %s\n", $$1, $$2}'

run: servers-or-stand-in build ## start everything with the sample incident, and carry one campaign to its report
	@exec $(BIN)/forthwith up

build: ## build bin/forthwith
	@$(GO) build -o $(BIN)/forthwith ./cmd/forthwith

web: ## build what the browser gets (needs npm; the result is committed)
	@cd web/static/source && npm ci --ignore-scripts --silent && node build.mjs

e2e: servers browser ## walk the pages in a real Chromium
	@$(WITH) -count -- $(GO) test -json -count=1 $(ARGS) ./web/e2e

screenshots: servers browser ## take pictures of every page (DIR=.local/pictures)
	@DIR="$(abspath $(or $(DIR),.local/pictures))" $(GO) test -count=1 -tags pictures -run 'Pictures' ./web/e2e

test: servers browser no-race ## run every test on private servers; ends with their number
	@$(MAKE) --no-print-directory -j3 tested walked held

bench: servers build ## run the benchmarks beside their raw limits (NAMES="send import")
	@$(WITH) -- $(GO) run ./bench $(NAMES)

faults: servers build ## run the fault runs in their long form (ROWS="F1 F9" N=20000)
	@$(WITH) -- $(GO) run ./internal/faults $(if $(ROWS),-rows "$(ROWS)") $(if $(N),-n $(N)) $(FAULT_FLAGS)

faults-short: faults-beside faults-alone

# Three runs at once, since rows mostly wait: whoever is free takes the next row.
faults-beside: faults-built
	@rows=$$(mktemp -d) && run() { $(WITH) -- $(BIN)/faults -short -beside "$$rows"; }; \
	run & first=$$!; run & second=$$!; run; ended=$$?; \
	wait $$first || ended=$$?; wait $$second || ended=$$?; rm -r "$$rows"; exit $$ended

# Whatever counts by the second, when nothing else runs.
faults-alone: faults-built
	@$(WITH) -- $(BIN)/faults -short -alone

faults-built: servers build
	@$(GO) build -o $(BIN)/faults ./internal/faults

# Corpus tests live in files named *conformance_test.go, behind the build tag. One of
# them looks at pages in the browser, of a stack that it starts itself.
conformance: ## hold the program against each corpus that is there
	@if test -d "$(CORPORA)"; then \
		$(MAKE) --no-print-directory browser && FORTHWITH_CORPORA="$$(cd "$(CORPORA)" && pwd)" $(GO) test -count=1 $(LINK) -v -tags conformance -run Conformance \
			$$(find . -name '*conformance_test.go' -not -path '*/node_modules/*' -exec dirname {} \; | sort -u); \
	else echo "no corpora in $(CORPORA)"; fi

# The parsers of what others hand in, two at once.
PARSERS := mailaddr FuzzParse intake FuzzScanner intake FuzzObjects intake FuzzMapping
fuzz-short:
	@echo $(PARSERS) | nice xargs -n 2 -P 2 sh -c '$(GO) test -run "^$$" -fuzz "^$$1\$$" -fuzztime 20s -fuzzminimizetime 10x -parallel 1 ./internal/$$0'

fuzz: servers ## run every fuzz target (FUZZ=30s each, IN=internal/intake)
	@set -e; for at in $$(grep -rl '^func Fuzz' --include='*_test.go' $(or $(IN),api internal web) | xargs -n 1 dirname | sort -u); do \
		for f in $$(grep -hoE '^func Fuzz[A-Za-z]+' $$at/*_test.go | cut -d ' ' -f 2); do \
			echo "$$f in $$at"; $(WITH) -- $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(or $(FUZZ),30s) ./$$at; done; done

# Three at once, the next as soon as one has ended. Fault rows mostly wait; what
# computes takes what they leave. vet looks at all that go test would by itself.
check: format servers browser no-race ## everything that CI runs
	@$(MAKE) --no-print-directory -j3 tested walked held faults-beside computed
	@$(MAKE) --no-print-directory faults-alone

# Tests hold little and allocate much: at Go's usual 100 a tenth of the time of the
# tests of pages goes into collecting.
tested:
	@$(if $(RACE),$(GO) test -count=1 $(LINK) -run '$(UNRACED)' ./internal/spreadsheet)
	@GOGC=400 $(WITH) -count -- $(GO) test -json -timeout 25m $(RACE) $(LINK) -shuffle=on -vet=off $(ARGS) $(PKG)

# Whoever goes over every page and every form takes as long as all other walks, and has
# a stack and a browser of its own beside them. What they drive is another process,
# which a race detector in them would not see.
EVERY := ^TestEvery|^TestWhoMaySee
walked:
	@$(WITH) -count -- $(GO) test -json -timeout 25m $(LINK) -vet=off $(ARGS) -skip '$(EVERY)' ./web/e2e

held:
	@$(WITH) -count -- $(GO) test -json -timeout 25m $(LINK) -vet=off $(ARGS) -run '$(EVERY)' ./web/e2e

computed:
	@$(MAKE) --no-print-directory vet static conformance fuzz-short

format:
	@bad=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
	if test -n "$$bad"; then echo "not formatted, run gofmt -w on:"; echo "$$bad"; exit 1; fi

vet:
	@$(GO) vet ./...

static:
	@$(GO) run $(STATICCHECK) ./...

no-race:
	@if test -z "$(RACE)"; then echo "no C compiler: the tests run without the race detector"; fi

servers:
	@$(GO) build -o $(WITH) ./internal/localstack/with
	@$(WITH) -install

browser: servers
	@$(WITH) -install-browser

servers-or-stand-in:
	@$(GO) build -o $(WITH) ./internal/localstack/with
	@$(WITH) -install -optional

clean: ## forget everything that run and build left here
	@if test -x $(WITH); then $(WITH) -forget .local/stack; fi
	@rm -rf $(BIN) .local bench/results.json
