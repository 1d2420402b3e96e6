# epochd. `make help` lists the targets.
MODE   ?= release
BUILD  := build/$(MODE)
PREFIX ?= /usr/local
CC     ?= gcc
LISTEN ?= 127.0.0.1:6280
DB     ?= epochd.db

VERSION  := 0.1.0
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wvla -Wformat=2 -Wimplicit-fallthrough
ifdef CI
WARNINGS += -Werror
endif
HARDEN        := -fstack-protector-strong -fstack-clash-protection -fPIE
LINK_HARDEN   := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
FLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 $(HARDEN)
FLAGS_debug   := -O0 -g3 $(HARDEN)
FLAGS_asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
                 -fno-sanitize-recover=undefined
FLAGS_tsan    := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
CFLAGS  := -std=c11 -D_GNU_SOURCE -DEPOCHD_VERSION='"$(VERSION)"' -Iserver \
           $(WARNINGS) $(FLAGS_$(MODE)) $(EXTRA_CFLAGS)
LDFLAGS := $(FLAGS_$(MODE)) $(if $(filter release debug,$(MODE)),$(LINK_HARDEN))
LDLIBS  := -lmicrohttpd -lcjson -lsqlite3 -lz -lcurl -lpthread -lm

ROOMS     := base core store ingest stream http api cli
SOURCES   := $(wildcard $(ROOMS:%=server/%/*.c) $(ROOMS:%=server/%/*/*.c))
GENERATED := $(BUILD)/gen/schema_sqlite.c $(BUILD)/gen/web_files.c
OBJECTS   := $(SOURCES:%.c=$(BUILD)/%.o) $(GENERATED:%.c=%.o)
LIB       := $(BUILD)/libepochd.a
BINARY    := $(BUILD)/epochd
WEB       := web/dist/index.html

# Short lines; `make V=1` shows the commands.
Q   := $(if $(V),,@)
say  = $(if $(V),,@printf '%-7s %s\n' $(1) $@)

# One program for each tests/KIND/test_*.c
programs = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/$(1)/test_*.c))
UNIT  := $(call programs,unit)
STORE := $(call programs,store)
FAULT := $(call programs,fault)
# Test programs that put something in the place of a function of ours.
comma := ,
LDFLAGS_store/test_stream := -Wl,--wrap=store_commit
LDFLAGS_store/test_told   := $(addprefix -Wl$(comma)--wrap=,store_commit store_run_judge \
                            webhook_post webhook_wanted writer_submit)
LDFLAGS_fault/test_store_memory := $(addprefix -Wl$(comma)--wrap=,malloc calloc realloc log_line)
LDFLAGS_fault/test_store_folding := -Wl,--wrap=log_line
BENCH := $(BUILD)/tests/bench/bench
BENCH_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/bench/*.c))
# Programs that hold labelled logs against what epochd says, a folder each; what they share
# lies beside them.
curves = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/curves/$(1)/*.c tests/curves/*.c))
CURVE_PROGRAMS := $(patsubst %,$(BUILD)/tests/curves/bench_%,diagnosis schedules causes)
FUZZ  := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 30

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all run test check pictures bench bench-table profile bench-diagnosis bench-causes bench-schedules \
        fuzz install clean help packages packages-test programs

all: $(BINARY) ## build the program (MODE=release, debug, asan or tsan)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 18

packages:
	@.ci/packages build
packages-test:
	@.ci/packages test

run: packages ## install what is missing, build, serve (LISTEN=127.0.0.1:6280 DB=epochd.db)
	@$(MAKE) --no-print-directory all
	$(BINARY) serve --listen $(LISTEN) --db $(DB)

test: packages-test ## install what tests need, build, run every test
	@$(MAKE) --no-print-directory all programs
	EPOCHD_BIN=$(CURDIR)/$(BINARY) node tests/run.mjs --out build/results-test.json \
	  $(UNIT:%='unit=%') $(STORE:%='store=%') $(FAULT:%='fault=%') \
	  'web=npm test --silent --prefix web' \
	  'api=node --test --test-reporter=tap tests/api/' \
	  'browser=node --test --test-reporter=tap tests/browser/'

programs: $(UNIT) $(STORE) $(FAULT)

check: packages-test ## the house rules: rooms, sizes, format, types
	@$(MAKE) --no-print-directory all
	node tests/run.mjs --out build/results-check.json \
	  'check=node tests/house.mjs $(BUILD)' 'check=sh tests/check_web.sh'

pictures: $(BINARY) ## draw docs/img/rules anew, by what this program says of their logs
	EPOCHD_BIN=$(CURDIR)/$(BINARY) node tests/pictures/make.mjs

BENCH_ARGS ?=
SECTIONS   ?=
bench: packages $(BINARY) $(BENCH) ## figures beside the ceiling measured in the same run (SECTIONS="post read", BENCH_ARGS=--quick)
	$(BENCH) $(BENCH_ARGS) $(BINARY) $(SECTIONS)

bench-table: ## the figures of the last `make bench` into docs/performance.md
	node tests/bench/table.mjs build/bench.json docs/performance.md

profile: packages $(BINARY) $(BENCH) ## the server's hottest functions under load (SECTIONS="post bulk")
	sh tests/bench/profile.sh $(BENCH) $(BINARY) $(SECTIONS)

CURVES ?= ../shared/curves
bench-diagnosis: $(BUILD)/tests/curves/bench_diagnosis ## how right the findings are on labelled logs
	$< $(CURVES)

bench-schedules: $(BUILD)/tests/curves/bench_schedules ## how right the fitted schedules are; without CURVES on made logs alone
	$< $(wildcard $(CURVES))

bench-causes: $(BUILD)/tests/curves/bench_causes ## how often the right mistake of an LR is named
	$< $(CURVES)

fuzz: $(FUZZ) ## every fuzz target for FUZZ_SECONDS
	@for target in $(FUZZ); do echo "$$target"; mkdir -p build/fuzz/corpus; \
	  $$target -max_total_time=$(FUZZ_SECONDS) -print_final_stats=0 build/fuzz/corpus \
	  tests/fuzz/corpus/$${target##*/} || exit 1; done

install: $(BINARY) ## copy the program to DESTDIR/PREFIX/bin
	install -D -m 755 -s $(BINARY) $(DESTDIR)$(PREFIX)/bin/epochd

clean: ## remove what was built
	rm -rf build web/dist

# --- the page ---

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(WEB): web/node_modules/.package-lock.json $(wildcard docs/*.md docs/img/rules/*.svg) $(shell find web/src web/*.mjs web/*.json -type f 2>/dev/null)
	cd web && node build.mjs

# --- C ---

$(BUILD)/embed: server/tools/embed.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -O1 $(WARNINGS) $< -o $@

$(BUILD)/gen/schema_sqlite.c: $(BUILD)/embed $(wildcard schema/sqlite/*.sql)
	$(call say,EMBED)
	@mkdir -p $(@D)
	$(Q)$(BUILD)/embed $@ schema_sqlite schema/sqlite

$(BUILD)/gen/web_files.c: $(BUILD)/embed $(WEB)
	$(call say,EMBED)
	@mkdir -p $(@D)
	$(Q)$(BUILD)/embed $@ web_files web/dist

$(BUILD)/%.o: %.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) -c $< -o $@

$(LIB): $(OBJECTS)
	$(call say,AR)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(BINARY): $(BUILD)/server/main.o $(LIB)
	$(call say,CC)
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ $(LDLIBS)

$(BUILD)/tests/%: tests/%.c $(LIB)
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -Itests -MMD -MP $< $(LIB) $(LDFLAGS) $(LDFLAGS_$*) -o $@ -lcmocka $(LDLIBS)

$(BENCH): $(BENCH_OBJECTS) $(LIB)
	$(call say,CC)
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ $(LDLIBS)

$(BUILD)/tests/curves/%.o: CFLAGS += -Itests
.SECONDEXPANSION:
$(CURVE_PROGRAMS): $(BUILD)/tests/curves/bench_%: $$(call curves,$$*) $(LIB)
	$(call say,CC)
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ $(LDLIBS)

build/fuzz/%: tests/fuzz/%.c $(SOURCES)
	$(call say,CLANG)
	@mkdir -p $(@D)
	$(Q)clang -std=c11 -D_GNU_SOURCE -DEPOCHD_VERSION='"fuzz"' -Iserver -g -O1 \
	  -fsanitize=fuzzer,address,undefined $< $(wildcard server/base/*.c server/core/*.c server/core/*/*.c \
	  server/ingest/*.c server/http/route.c server/http/guard.c server/http/query.c \
	  server/http/escape.c server/store/block.c server/store/chunk.c server/store/journal.c \
	  server/store/tail.c) -o $@ -lm

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
