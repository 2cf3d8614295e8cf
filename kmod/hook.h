/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MS_HOOK_H
#define MS_HOOK_H

#include <linux/kprobes.h>
#include <linux/types.h>

struct ms_hook;

/* What struct ms_call knows besides the first five arguments, by index. */
enum { MS_CALL_NOTHING = 5, MS_CALL_CALLER, MS_CALL_WORDS };

/**
 * struct ms_call - a call of a traced function
 * @word: the first five arguments as they came, 0, and where the call returns to
 */
struct ms_call {
	unsigned long word[MS_CALL_WORDS];
};

typedef void (*ms_fire_t)(const struct ms_hook *hook, const struct ms_call *call,
			  struct pt_regs *regs);

/**
 * struct ms_hook - one function of one path
 * @path: enum memscope_path
 * @called: a kretprobe's handler at the call, NULL for a kprobe
 * @returned: and at the return
 * @entered: a kprobe's handler
 * @fire: what on_return() or on_entry() do, if it is one of these
 * @cache: which word of a call is the kmem_cache
 * @bytes: likewise the bytes asked for
 * @gfp: likewise gfp_t
 * @caller: likewise the call site, which track_caller functions are told
 * @symbol: names it has had, newest first
 */
struct ms_hook {
	u8 path;
	kretprobe_handler_t called;
	kretprobe_handler_t returned;
	kprobe_pre_handler_t entered;
	ms_fire_t fire;
	u8 cache, bytes, gfp, caller;
	const char *symbol[3];
};

/**
 * struct ms_kprobe - a hook that may be attached
 * @hook: what for
 * @registered: it is
 * @entry: used if not @hook->called
 * @ret: used if @hook->called
 */
struct ms_kprobe {
	const struct ms_hook *hook;
	bool registered;
	union {
		struct kprobe entry;
		struct kretprobe ret;
	};
};

#define MS_HOOKS	24

extern const struct ms_hook ms_hooks[MS_HOOKS];
extern struct ms_kprobe ms_kprobes[MS_HOOKS];

void ms_hook_init(void);

#endif /* MS_HOOK_H */
