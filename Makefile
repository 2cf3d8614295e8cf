# SPDX-License-Identifier: GPL-2.0
#
# memscope: the module, the tool, and everything that tests and shows them.
# kbuild reads Kbuild, not this file.

VERSION	:= $(shell cat VERSION 2>/dev/null)
KDIR	?= /lib/modules/$(shell uname -r)/build
BUILD	:= $(CURDIR)/build
PREFIX	?= /usr/local
DESTDIR	?=
KERNELS	?= 6.1 6.12 7.2 6.1-rt
KERNEL	?= $(KERNELS)
TOPIC	?=

.PHONY: all module tools
all: tools module

module:
	@test -f $(KDIR)/Makefile || { \
		echo "No headers of kernel $$(uname -r) here ($(KDIR)): install linux-headers-$$(uname -r)," \
			"name others with KDIR=, or try memscope in a guest: make demo" >&2; exit 1; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tools:
	$(MAKE) -C tools O=$(BUILD)/tools

.PHONY: deps check check-unit check-vm check-debug demo bench style
deps:
	@tests/deps

check: deps
	@KERNELS="$(KERNELS)" tests/check

check-unit:
	@tests/check unit

check-vm:
	@TOPICS="$(TOPIC)" tests/check $(KERNEL)

check-debug:
	@tests/deps debug
	@TOPICS="$(TOPIC)" tests/check kasan kcsan

style:
	@tests/style

demo: deps
	@tests/demo/run

bench: deps
	@tests/bench/unwind/run $(or $(filter-out $(KERNELS),$(KERNEL)),6.1) cost --verbose
	@cat $(BUILD)/vm/$(or $(filter-out $(KERNELS),$(KERNEL)),6.1)/cost/cost

.PHONY: install uninstall clean help
install: tools
	$(MAKE) -C tools install O=$(BUILD)/tools DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)

# What would be installed is what goes
uninstall: tools
	@rm -rf $(BUILD)/uninstall
	@$(MAKE) -s -C tools install O=$(BUILD)/tools DESTDIR=$(BUILD)/uninstall PREFIX=$(PREFIX)
	@cd $(BUILD)/uninstall && find . ! -type d -printf '$(DESTDIR)/%P\n' | xargs -r rm -fv
	@cd $(BUILD)/uninstall && find . -depth -path '*memscope*' -type d \
		-printf '$(DESTDIR)/%P\n' | xargs -r rmdir -v --ignore-fail-on-non-empty
	@rm -rf $(BUILD)/uninstall

# kbuild's files by name, so that it works without headers too
clean:
	rm -rf $(BUILD)
	find . -path ./.git -prune -o \( -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '.*.cmd' -o -name '*.o.d' -o -name Module.symvers \
		-o -name modules.order -o -name has.h \) -type f -exec rm -f {} +

help:
	@sed -n 's/^|//p' Makefile

define HELP
|make              the tool, and the module for the running kernel (KDIR= for another)
|make demo         try it in a virtual machine: trace real work, print the report
|make check        every test, on every kernel (KERNELS="$(KERNELS)")
|make check-unit   the tests that need no kernel
|make check-vm     the tests in guests; KERNEL=6.1 TOPIC=smoke for one of them
|make check-debug  the same on kernels with KASAN, lockdep and KCSAN (long)
|make bench        what a call stack costs, in instructions (KERNEL=6.1)
|make style        style checks
|make deps         install the Debian packages all this needs
|make install      the tool, the library and the manuals (DESTDIR=, PREFIX=$(PREFIX))
|make uninstall    remove them
|make clean        remove what was built; downloads stay in ~/.cache/memscope
endef
