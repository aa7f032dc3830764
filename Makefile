# amends - watches complaints on social media. GNU make; `make help` lists the targets.
#
# Everything built goes to build/VARIANT/ (release, asan, coverage, fuzz); nothing is generated into the source tree.

VARIANT ?= release
CC ?= cc
OUT ?= build/$(VARIANT)
PREFIX ?= /usr/local
DESTDIR ?=

# The folders with C sources, from the bottom to the top (DESIGN: arrows point down only).
ROOMS ?= watcher/base watcher/store watcher/platform classify respond respond/desk watcher

# ---- packages -------------------------------------------------------------------------------------------------------
PKGS := libcurl json-c libpcre2-8 sqlite3 libmicrohttpd libxml-2.0 yaml-0.1 libsodium libxxhash
DEB_BUILD := gcc make pkg-config libcurl4-openssl-dev libjson-c-dev libpcre2-dev libsqlite3-dev libmicrohttpd-dev \
	libxml2-dev libyaml-dev libsodium-dev libxxhash-dev libunistring-dev libcsv-dev
DEB_TEST := libcmocka-dev clang libclang-rt-14-dev nodejs npm chromium tidy

# ---- flags ----------------------------------------------------------------------------------------------------------
WARN := -Wall -Wextra -Werror -Wformat=2 -Wshadow -Wvla -Wundef -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings
HARDEN := -fstack-protector-strong -fstack-clash-protection -fPIE
CFLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 $(HARDEN)
LDFLAGS_release := -pie -Wl,-z,relro,-z,now
CFLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS_asan := -fsanitize=address,undefined
CFLAGS_coverage := -O0 -g --coverage
LDFLAGS_coverage := --coverage
CFLAGS_fuzz := -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
LDFLAGS_fuzz := -fsanitize=address,undefined

ALL_CFLAGS = -std=c17 -D_GNU_SOURCE $(WARN) $(CFLAGS_$(VARIANT)) -Iinclude -I. $(shell pkg-config --cflags $(PKGS)) $(CFLAGS)
ALL_LDFLAGS = $(LDFLAGS_$(VARIANT)) $(LDFLAGS)
LIBS = $(shell pkg-config --libs $(PKGS)) -lunistring -lcsv -lm -lpthread

# ---- sources --------------------------------------------------------------------------------------------------------
SRCS := $(foreach room,$(ROOMS),$(sort $(wildcard $(room)/*.c)))
OBJS := $(patsubst %.c,$(OUT)/%.o,$(filter-out watcher/main.c,$(SRCS)))
LIB := $(OUT)/libamends.a
ASSETS := $(sort $(shell find classify/rules templates watcher/platform respond/desk -type f \
	\( -name '*.yaml' -o -name '*.txt' -o -name '*.html' -o -name '*.css' -o -name '*.js' -o -name '*.svg' \
	-o -name '*.json' -o -name '*.jsonl' \) | LC_ALL=C sort))

TESTS := $(sort $(patsubst tests/test_%.c,%,$(wildcard tests/test_*.c)))

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:[^#]*## /\t/' | expand -t 14

.PHONY: build
build: $(OUT)/amends ## build build/release/amends (VARIANT=asan|coverage|fuzz for others)

$(OUT)/amends: $(OUT)/watcher/main.o $(LIB)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# The archive is made anew: a source file that went away must not live on in it.
$(LIB): $(OBJS) $(OUT)/assets.o
	@rm -f $@
	ar rcs $@ $^

$(OUT)/%.o: %.c Makefile
	@mkdir -p $(dir $@)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Files built into the program: a table of name, start and end (see include/asset.h).
$(OUT)/assets.s: $(ASSETS) Makefile
	@mkdir -p $(dir $@)
	@{ printf '\t.section .rodata\n'; i=0; \
	for f in $(ASSETS); do \
		printf '.Ln%d:\t.asciz "%s"\n\t.balign 8\n.Ld%d:\t.incbin "%s"\n.Le%d:\t.byte 0\n' $$i $$f $$i $$f $$i; i=$$((i+1)); done; \
	printf '\t.section .data.rel.ro,"aw"\n\t.balign 8\n\t.globl asset_table\nasset_table:\n'; i=0; \
	for f in $(ASSETS); do printf '\t.quad .Ln%d, .Ld%d, .Le%d - .Ld%d\n' $$i $$i $$i $$i; i=$$((i+1)); done; \
	printf '\t.globl asset_table_count\nasset_table_count:\n\t.quad %d\n\t.section .note.GNU-stack,"",@progbits\n' $$i; } > $@

$(OUT)/assets.o: $(OUT)/assets.s
	$(CC) -c -o $@ $<

# ---- unit tests: one program per tests/test_*.c ---------------------------------------------------------------------
$(OUT)/tests/%: $(OUT)/tests/%.o $(LIB)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(LIBS)

.PHONY: unit
unit: $(TESTS:%=unit-%)
unit-%: $(OUT)/tests/test_%
	$<

.PHONY: clean
clean: ## remove build/
	rm -rf build

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
.SECONDARY:
