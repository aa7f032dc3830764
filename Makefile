# amends - watches complaints on social media, tells vents from problems, drafts replies for a person to approve.
#
# GNU make. `make help` lists the targets; the two to know are `make run` and `make test`. Everything built goes to
# build/VARIANT/ (release, asan, coverage, fuzz); nothing is generated into the source tree.

VARIANT ?= release
CC ?= cc
OUT ?= build/$(VARIANT)
PREFIX ?= /usr/local
# `make V=1` shows the whole commands.
Q := $(if $(V),,@)
DESTDIR ?=

# The folders with C sources, from the bottom to the top (DESIGN: arrows point down only).
ROOMS ?= watcher/base watcher/store watcher/platform classify respond respond/desk watcher

# ---- packages -------------------------------------------------------------------------------------------------------
PKGS := libcurl json-c libpcre2-8 sqlite3 libmicrohttpd libxml-2.0 yaml-0.1 libsodium libxxhash
DEB_BUILD := gcc make pkg-config libcurl4-openssl-dev libjson-c-dev libpcre2-dev libsqlite3-dev libmicrohttpd-dev \
	libxml2-dev libyaml-dev libsodium-dev libxxhash-dev libunistring-dev libcsv-dev
DEB_TEST := libcmocka-dev clang libclang-rt-14-dev chromium sqlite3
DEB_LINT := cppcheck clang-format
# A newer node than Debian's brings its own npm, with which Debian's packages of them would clash.
DEB_NODE := $(if $(shell command -v npm),,nodejs npm)

# ---- flags ----------------------------------------------------------------------------------------------------------
WARN := -Wall -Wextra -Werror -Wformat=2 -Wshadow -Wvla -Wundef -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings
HARDEN := -fstack-protector-strong -fstack-clash-protection -fPIE
CFLAGS_release := -O2 -g -D_FORTIFY_SOURCE=3 $(HARDEN)
LDFLAGS_release := -pie -Wl,-z,relro,-z,now
# Lines for the sanitizers' reports (-g1), not all that a debugger could ask: a quarter less to compile.
CFLAGS_asan := -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS_asan := -fsanitize=address,undefined
CFLAGS_coverage := -O0 -g --coverage
LDFLAGS_coverage := --coverage
CFLAGS_fuzz := -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
LDFLAGS_fuzz := -fsanitize=address,undefined

# Asked once, and only when something is built: before that the packages may be missing.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE $(WARN) $(CFLAGS_$(VARIANT)) -Iinclude -I. $(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(LDFLAGS_$(VARIANT)) $(LDFLAGS)
LIBS = $(PKG_LIBS) -lunistring -lcsv -lm -lpthread

# ---- sources --------------------------------------------------------------------------------------------------------
SRCS := $(foreach room,$(ROOMS),$(sort $(wildcard $(room)/*.c)))
OBJS := $(patsubst %.c,$(OUT)/%.o,$(filter-out watcher/main.c watcher/freeze.c,$(SRCS)))
LIB := $(OUT)/libamends.a
ASSETS := $(sort $(shell find classify/rules templates watcher/platform respond/desk -type f \
	\( -name '*.yaml' -o -name '*.txt' -o -name '*.html' -o -name '*.css' -o -name '*.js' -o -name '*.svg' \
	-o -name '*.json' -o -name '*.jsonl' \) | LC_ALL=C sort))
# Rule files once more, as trees: a start need not read YAML.
TREES := $(patsubst %,tree/%,$(filter-out classify/rules/scores.yaml,$(filter classify/rules/%.yaml,$(ASSETS))))
CARRIED := $(sort $(ASSETS) $(TREES))

# Those that take long begin, so that none of them is the last to run alone.
TESTS_LONG := store_faults cli match outbox desk
TESTS_ALL := $(sort $(patsubst tests/test_%.c,%,$(wildcard tests/test_*.c)))
TESTS := $(filter $(TESTS_ALL),$(TESTS_LONG)) $(filter-out $(TESTS_LONG),$(TESTS_ALL))

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:[^#]*## /\t/' | expand -t 12

# Installs Debian packages that are missing; without the right to, says which and how.
define need
	@missing=""; for p in $(1); do \
		test "$$(dpkg-query -W -f '$${db:Status-Status}' $$p 2>/dev/null)" = installed || missing="$$missing $$p"; done; \
	test -z "$$missing" && exit 0; \
	if ! command -v apt-get >/dev/null; then \
		echo "amends needs these Debian 12 packages (no apt-get here, install their like):$$missing" >&2; exit 1; fi; \
	if test "$$(id -u)" = 0; then sudo=""; elif command -v sudo >/dev/null; then sudo=sudo; else \
		echo "amends needs these packages; as root run: apt-get install$$missing" >&2; exit 1; fi; \
	echo "installing:$$missing"; \
	$$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		$$missing >/dev/null || { echo "could not install:$$missing" >&2; exit 1; }
endef

.PHONY: deps deps-test deps-lint
deps:
	$(call need,$(DEB_BUILD))
deps-test:
	$(call need,$(DEB_BUILD) $(DEB_TEST) $(DEB_NODE))
deps-lint:
	$(call need,$(DEB_BUILD) $(DEB_LINT))

.PHONY: run
run: deps ## install what is missing, build, and start (RUN="--config my.yaml" for options)
	@$(MAKE) --no-print-directory build
	@exec $(OUT)/amends run $(RUN)

.PHONY: build
build: $(OUT)/amends ## build build/release/amends (VARIANT=asan|coverage|fuzz for others)

$(OUT)/amends: $(OUT)/watcher/main.o $(LIB)
	@echo "  link $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# The archive is made anew: a source file that went away must not live on in it.
$(LIB): $(OBJS) $(OUT)/assets.o
	@rm -f $@
	$(Q)ar rcs $@ $^

$(OUT)/%.o: %.c Makefile
	@mkdir -p $(dir $@)
	@echo "  cc $<"
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

FREEZE := freeze base/arena base/buf base/error base/file base/utf8 base/yaml_tree base/yaml_frozen
$(OUT)/freeze: $(FREEZE:%=$(OUT)/watcher/%.o)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(OUT)/tree/%: % $(OUT)/freeze
	@mkdir -p $(dir $@)
	$(Q)$(OUT)/freeze $< >$@.part && mv $@.part $@

# Files built into the program: a table of name, start and end (see include/asset.h).
$(OUT)/assets.s: $(ASSETS) $(TREES:%=$(OUT)/%) Makefile
	@mkdir -p $(dir $@)
	@{ printf '\t.section .rodata\n'; i=0; \
	for f in $(CARRIED); do case $$f in tree/*) from=$(OUT)/$$f;; *) from=$$f;; esac; \
		printf '.Ln%d:\t.asciz "%s"\n\t.balign 8\n.Ld%d:\t.incbin "%s"\n.Le%d:\t.byte 0\n' $$i $$f $$i $$from $$i; \
		i=$$((i+1)); done; \
	printf '\t.section .data.rel.ro,"aw"\n\t.balign 8\n\t.globl asset_table\nasset_table:\n'; i=0; \
	for f in $(CARRIED); do printf '\t.quad .Ln%d, .Ld%d, .Le%d - .Ld%d\n' $$i $$i $$i $$i; i=$$((i+1)); done; \
	printf '\t.globl asset_table_count\nasset_table_count:\n\t.quad %d\n\t.section .note.GNU-stack,"",@progbits\n' $$i; } > $@

$(OUT)/assets.o: $(OUT)/assets.s
	$(Q)$(CC) -c -o $@ $<

# ---- tests ----------------------------------------------------------------------------------------------------------
# One program per tests/test_*.c, linked with what tests/faults/ offers. test_faults_* see every allocation of ours.
FAULT_OBJS := $(patsubst %.c,$(OUT)/%.o,$(wildcard tests/faults/*.c))
WRAP := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=strndup,--wrap=pcre2_general_context_create_8
$(OUT)/tests/libfaults.a: $(FAULT_OBJS)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(OUT)/tests/test_faults_%: ALL_LDFLAGS += $(WRAP)
$(OUT)/tests/test_%: $(OUT)/tests/test_%.o $(OUT)/tests/libfaults.a $(LIB)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(LIBS)

.PHONY: unit unit-build
unit: $(TESTS:%=unit-%)
unit-cli: $(OUT)/amends # the program that it starts
# How long each took goes to $(OUT)/times.
unit-%: $(OUT)/tests/test_%
	@echo "  test $*"
	$(Q)mkdir -p $(OUT)/times; start=$$(date +%s%N); AMENDS_BIN=$(OUT)/amends $<; code=$$?; \
		echo "$$((($$(date +%s%N) - start) / 1000000)) ms test_$*.c" >$(OUT)/times/unit-$*; exit $$code
unit-build: $(TESTS:%=$(OUT)/tests/test_%)

# Fuzz targets: run for a while by `make fuzz` (clang's libFuzzer), their corpora replayed by every `make test`.
FUZZERS := $(sort $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c)))
SECONDS ?= 20
$(OUT)/tests/fuzz/run_%: $(OUT)/tests/fuzz/fuzz_%.o $(LIB)
	$(Q)clang $(ALL_CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)
$(OUT)/tests/fuzz/replay_%: $(OUT)/tests/fuzz/fuzz_%.o $(OUT)/tests/fuzz/replay_main.o $(LIB)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

.PHONY: fuzz
fuzz: deps-test ## run every fuzz target for SECONDS=20 (new finds go to build/fuzz/)
	@$(MAKE) --no-print-directory VARIANT=fuzz CC=clang $(FUZZERS:%=fuzz-%)
fuzz-%: $(OUT)/tests/fuzz/run_%
	@mkdir -p $(OUT)/corpus/$*
	$(Q)$< -max_total_time=$(SECONDS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 \
		-artifact_prefix=$(OUT)/$*- $(if $(wildcard tests/fuzz/$*.dict),-dict=tests/fuzz/$*.dict) \
		$(OUT)/corpus/$* $(wildcard tests/fuzz/corpus/$*)
replay-%: $(OUT)/tests/fuzz/replay_%
	$(Q)$< $(wildcard tests/fuzz/corpus/$*)

.PHONY: test test-unit test-fuzz test-clang test-node
# All at once: the end-to-end tests mostly wait (for pauses that a server asks for), and leave the machine to the others.
test: deps-test ## install what is missing and run every test (address and undefined sanitizers on)
	@rm -rf build/asan/times build/asan/node.tap
	@code=0; $(MAKE) --no-print-directory VARIANT=asan -k -Otarget -j$$(($$(nproc) + 1)) \
		test-node test-unit test-fuzz test-clang || code=$$?; \
	echo "the slowest:"; cat build/asan/times/* | sort -nr | head -15 | sed 's/^/  /'; \
	test $$code = 0 && echo "every test passed" || echo "FAILED: see above (make: ... Error)"; exit $$code
test-unit: build unit
test-fuzz: $(FUZZERS:%=replay-%)
# The other compiler must be content too; what it would make of the program is nobody's matter here.
test-clang:
	@$(MAKE) --no-print-directory VARIANT=release CC=clang OUT=build/clang CFLAGS="-O0 -U_FORTIFY_SOURCE" build
test-node: build
	@cd tests/browser && npm ci --no-audit --no-fund --loglevel=error || { \
		echo "tests/browser: npm could not fetch playwright-core and axe-core from its registry: see above"; exit 1; }
	@mkdir -p $(OUT)/times
	$(Q)code=0; AMENDS_BIN=$(CURDIR)/$(OUT)/amends timeout -k 10 2400 node --test --test-concurrency=4 \
		--test-reporter=spec --test-reporter-destination=stdout \
		--test-reporter=tap --test-reporter-destination=$(OUT)/node.tap \
		tests/browser/*.test.mjs tests/e2e/*.test.mjs || code=$$?; \
	sed -nE '/^ *(not )?ok [0-9]+ - /{s/^ *(not )?ok [0-9]+ - (.*)/\2/;h}; /duration_ms:/{s/^ *duration_ms: ([0-9]+).*/\1 ms/;G;s/\n/ /p}' \
		$(OUT)/node.tap >$(OUT)/times/node; exit $$code

.PHONY: bench
bench: deps ## measure speed, each figure as a ratio against a floor run beside it
	@$(MAKE) --no-print-directory build $(patsubst tests/bench/bench_%.c,bench-%,$(wildcard tests/bench/bench_*.c))
$(OUT)/tests/bench/bench_%: $(OUT)/tests/bench/bench_%.o $(LIB)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)
bench-%: $(OUT)/tests/bench/bench_%
	$<

.PHONY: coverage
coverage: deps-test ## unit tests with line coverage per folder
	@$(MAKE) --no-print-directory VARIANT=coverage -k build unit >/dev/null
	@for room in $(ROOMS); do printf '%-20s ' $$room; \
		gcov -n -o build/coverage/$$room $$room/*.c 2>/dev/null | awk '/^File/ {f = ($$2 ~ "'"'"'[a-z_/]*\\.c") } \
		f && /^Lines/ {split($$2, a, ":"); sub("%", "", a[2]); hit += a[2] * $$4 / 100; all += $$4; f = 0} \
		END {printf "%.1f %% of %d lines\n", all ? 100 * hit / all : 0, all}'; done

# ---- care of the code -----------------------------------------------------------------------------------------------
C_FILES = $(shell git ls-files '*.c' '*.h')
BANNED := strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|gets|localtime|gmtime|system|popen|alloca
.PHONY: lint
lint: deps-lint ## banned calls, SQL and HTTP only where they belong, cppcheck
	@! grep -nE '(^|[^a-zA-Z0-9_])($(BANNED))\(' $(filter-out tests/%,$(C_FILES))
	@! grep -nE 'sqlite3[_.]' $(filter-out watcher/store/% tests/%,$(C_FILES))
	@! grep -nE 'curl_(easy|multi|slist)|curl/' $(filter-out watcher/http% tests/%,$(C_FILES))
	@! grep -rnE '\{\{(\{|&)' templates --include='*.html' --include='*.txt' | grep -v 'raw-ok'
	@# autoVariables: contexts on the stack that outlive no call are lent on purpose
	@cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr --suppress=missingIncludeSystem --suppress=autoVariables \
		--error-exitcode=1 -Iinclude -I. watcher classify respond
.PHONY: format
format: deps-lint ## lay out all C files by .clang-format
	clang-format -i $(C_FILES)

# ---- installing -----------------------------------------------------------------------------------------------------
.PHONY: install uninstall
install: build ## install to PREFIX=/usr/local (DESTDIR for packagers)
	install -D -m 755 $(OUT)/amends $(DESTDIR)$(PREFIX)/bin/amends
uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/amends

.PHONY: clean
clean: ## remove build/
	rm -rf build

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
.SECONDARY:
