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
HARDEN   := -fstack-protector-strong -fstack-clash-protection -fPIE
LINK     := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
FLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 $(HARDEN)
FLAGS_debug   := -O0 -g3 $(HARDEN)
FLAGS_asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
                 -fno-sanitize-recover=undefined
FLAGS_tsan    := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
CFLAGS   := -std=c11 -D_GNU_SOURCE -DEPOCHD_VERSION='"$(VERSION)"' -Iserver -I$(BUILD)/gen \
            $(WARNINGS) $(FLAGS_$(MODE)) $(EXTRA_CFLAGS)
LDFLAGS  := $(FLAGS_$(MODE)) $(if $(filter release debug,$(MODE)),$(LINK))
LDLIBS   := -lmicrohttpd -lcjson -lsqlite3 -lz -lpthread -lm

ROOMS   := base core store ingest stream http api cli
SOURCES := $(wildcard $(ROOMS:%=server/%/*.c))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/gen/schema_sqlite.o
LIB     := $(BUILD)/libepochd.a
BINARY  := $(BUILD)/epochd

UNIT_TESTS  := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
STORE_TESTS := $(patsubst tests/store/%.c,$(BUILD)/tests/store/%,$(wildcard tests/store/test_*.c))
FAULT_TESTS := $(patsubst tests/fault/%.c,$(BUILD)/tests/fault/%,$(wildcard tests/fault/test_*.c))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all help
all: $(BINARY)

help:
	@echo 'make            build $(BINARY)'

# --- C ---

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

# --- files that become part of the program ---

EMBED := $(BUILD)/embed

$(EMBED): $(BUILD)/server/tools/embed.o
	$(CC) $(LDFLAGS) $^ -o $@

$(BUILD)/gen/schema_sqlite.c: $(EMBED) $(sort $(wildcard schema/sqlite/*.sql))
	@mkdir -p $(@D)
	$(EMBED) $@ schema_sqlite $(filter %.sql,$^)

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$(LIB): $(OBJECTS)
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^

$(BINARY): $(BUILD)/server/main.o $(LIB)
	$(CC) $(LDFLAGS) $^ -o $@ $(LDLIBS)

$(BUILD)/tests/%: tests/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Itests -MMD -MP $< $(LIB) $(LDFLAGS) -o $@ -lcmocka $(LDLIBS)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
