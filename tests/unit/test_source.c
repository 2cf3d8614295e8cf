// SPDX-License-Identifier: GPL-2.0
/*
 * Source lines of addresses: a kernel and a module made by the compiler, put
 * at addresses of our choice, and found again through every way there is.
 */
#include <errno.h>
#include <unistd.h>
#include <sys/stat.h>

#include "unit.h"
#include "source.h"

#define KASLR	0x1c000000ULL		/* how far the kernel was moved */
#define TEXT	0xffffffffc0301000ULL	/* where the module's sections ran */
#define INIT	0xffffffffc0400000ULL

static char folder[] = "/tmp/memscope-source-XXXXXX";
static bool built;

static const char kernel_source[] =
	"#line 10 \"mm/slab_common.c\"\n"
	"__attribute__((noinline)) int grow(int n) { return n + 1; }\n"
	"#line 20 \"include/linux/slab.h\"\n"
	"static inline __attribute__((always_inline)) int take(int n)\n"
	"{\n"
	"	return grow(n) * 3;\n"		/* 22 */
	"}\n"
	"#line 40 \"include/linux/tree.h\"\n"
	"static inline __attribute__((always_inline)) int node(int n)\n"
	"{\n"
	"	return take(n) + 7;\n"		/* 42 */
	"}\n"
	"#line 100 \"./fs/../fs/./inode.c\"\n"
	"__attribute__((noinline)) int make_inode(int n)\n"
	"{\n"
	"	return node(n) + 1;\n"		/* 102 */
	"}\n"
	"int _start(void) { return make_inode(1); }\n"
	"asm(\".globl _stext\\n.set _stext, grow\");\n";

static const char module_source[] =
	"extern int grow(int n);\n"
	"#line 50 \"drivers/demo/main.c\"\n"
	"static __attribute__((noinline)) int demo_probe(int n)\n"
	"{\n"
	"	return grow(n) * 5;\n"		/* 52 */
	"}\n"
	"__attribute__((section(\".init.text\"))) int demo_init(int n)\n"
	"{\n"
	"	return demo_probe(n) + 9;\n"	/* 56 */
	"}\n";

static void run(const char *format, ...)
{
	char command[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (system(command))
		fail_msg("failed: %s", command);
}

static void write_source(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* A root folder as a Debian system with -dbg has it, and one module built apart. */
static int build(void **state)
{
	if (!memscope_dwarf_version() || system("cc --version >/dev/null 2>&1"))
		return 0;
	assert_non_null(mkdtemp(folder));
	write_source("kernel.c", kernel_source);
	write_source("module.c", module_source);
	run("cd %s && mkdir -p root/usr/lib/debug/boot root/lib/modules/6.1.0-unit/extra named "
	    "root/usr/lib/debug/lib/modules/6.1.0-unit/kernel other", folder);
	run("cd %s && cc -g -O1 -fno-pic -fno-asynchronous-unwind-tables -nostdlib -static "
	    "-no-pie -Wl,-Ttext=0xffffffff81000000 -mcmodel=kernel -Wl,--build-id "
	    "-o root/usr/lib/debug/boot/vmlinux-6.1.0-unit kernel.c 2>&1", folder);
	run("cd %s && cc -g -O1 -fno-pic -mcmodel=kernel -c -o module.o module.c && "
	    "ld -r --build-id -o named/demo-one.ko module.o", folder);
	/* The same under another name, stripped beside its debug file. */
	run("cd %s && cp named/demo-one.ko root/lib/modules/6.1.0-unit/extra/demo_two.ko && "
	    "strip --strip-debug root/lib/modules/6.1.0-unit/extra/demo_two.ko && "
	    "objcopy --only-keep-debug named/demo-one.ko "
	    "root/usr/lib/debug/lib/modules/6.1.0-unit/kernel/demo_two.ko", folder);
	run("cd %s && cc -g -O2 -fno-pic -mcmodel=kernel -DOTHER -c -o other.o module.c && "
	    "ld -r --build-id -o other/demo_one.ko other.o", folder);
	built = true;
	return 0;
}

static int clean(void **state)
{
	if (built)
		run("rm -rf %s", folder);
	return 0;
}

static const char *path_of(const char *below)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, below);
	return path;
}

static void add_module(struct memscope_session *session, const char *name, const char *file,
		       uint64_t base, uint64_t text, uint64_t init)
{
	char json[1024], build_id[64] = "";
	struct memscope_module_table *table = &session->modules;
	struct memscope_dwarf *dwarf;

	if (file) {
		assert_int_equal(memscope_dwarf_open(&dwarf, path_of(file)), 0);
		snprintf(build_id, sizeof(build_id), "%s", memscope_dwarf_build_id(dwarf));
		assert_int_equal(strlen(build_id), 40);
		memscope_dwarf_close(dwarf);
	}
	snprintf(json, sizeof(json),
		 "[{\"name\": \"%s\", \"base\": \"0x%llx\", \"size\": \"0x10000\", "
		 "\"build_id\": \"%s\", \"sections\": {\".text\": \"0x%llx\", "
		 "\".init.text\": \"0x%llx\"}}]", name, (unsigned long long)base, build_id,
		 (unsigned long long)text, (unsigned long long)init);
	assert_int_equal(memscope_module_table_parse(table, json, strlen(json)), 0);
}

static void begin(struct memscope_session *session)
{
	if (!built)
		skip();
	memscope_session_init(session);
	strcpy(session->meta.kernel_release, "6.1.0-unit");
	strcpy(session->meta.kernel_version, "#1 SMP Debian 6.1.1-1");
}

static struct memscope_source *open_source(struct memscope_session *session, const char *named)
{
	struct memscope_source_options options = { 0 };
	char root[512], dirs[512] = "";
	struct memscope_source *source;

	snprintf(root, sizeof(root), "%s/root", folder);
	if (named)
		snprintf(dirs, sizeof(dirs), "/nowhere::%s/%s", folder, named);
	options.root = root;
	options.debug_dirs = dirs;
	assert_int_equal(memscope_source_create(&source, session, &options), 0);
	return source;
}

static void assert_line(const struct memscope_line *line, const char *function,
			const char *file, unsigned int number)
{
	assert_string_equal(line->function, function);
	assert_string_equal(line->file, file);
	assert_int_equal(line->line, number);
}

/* Where the call in a function returns to, in the file's own addresses. */
static uint64_t return_address(const char *file, const char *function)
{
	char command[1024];
	unsigned long long address = 0;
	FILE *pipe;

	snprintf(command, sizeof(command),
		 "objdump -d --no-show-raw-insn %s | awk '/^[0-9a-f]+ <%s>:/ { on = 1 } "
		 "/^$/ { on = 0 } on && call { print $1; exit } on && /call/ { call = 1 }'",
		 path_of(file), function);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_int_equal(fscanf(pipe, "%llx", &address), 1);
	pclose(pipe);
	return address;
}

static uint64_t symbol_of(const char *file, const char *name)
{
	struct memscope_dwarf *dwarf;
	uint64_t address, size;

	assert_int_equal(memscope_dwarf_open(&dwarf, path_of(file)), 0);
	assert_true(memscope_dwarf_symbol(dwarf, name, &address, &size));
	memscope_dwarf_close(dwarf);
	return address;
}

#define VMLINUX "root/usr/lib/debug/boot/vmlinux-6.1.0-unit"

static void the_kernel_has_its_lines_and_inlined_functions(void **state)
{
	const struct memscope_line *lines, *again;
	struct memscope_session session;
	struct memscope_source *source;
	uint64_t at;
	char text[512];

	begin(&session);
	add_module(&session, "vmlinux", VMLINUX, symbol_of(VMLINUX, "_stext") + KASLR, 0, 0);
	source = open_source(&session, NULL);
	at = return_address(VMLINUX, "make_inode") + KASLR;
	assert_int_equal(memscope_source_find(source, at, true, &lines), 3);
	assert_line(&lines[0], "take", "include/linux/slab.h", 22);
	assert_line(&lines[1], "node", "include/linux/tree.h", 42);
	assert_line(&lines[2], "make_inode", "fs/inode.c", 102);
	assert_int_equal(memscope_source_find(source, at, true, &again), 3);
	assert_ptr_equal(again, lines);
	/* outside of all code, and of the kernel */
	assert_int_equal(memscope_source_find(source, at + 0x8000, true, &lines), 0);
	assert_int_equal(memscope_source_find(source, 0x1234, true, &lines), 0);
	assert_false(memscope_source_missing(source, text, sizeof(text)));
	memscope_source_destroy(source);
	memscope_session_deinit(&session);
}

/* _stext hidden: then by the function's name. */
static void without_a_base_the_function_is_the_anchor(void **state)
{
	const struct memscope_line *lines;
	struct memscope_session session;
	struct memscope_source *source;
	uint64_t ran;

	begin(&session);
	add_module(&session, "vmlinux", VMLINUX, 0, 0, 0);
	ran = symbol_of(VMLINUX, "make_inode") + KASLR;
	assert_int_equal(memscope_symbol_table_add(&session.symbols, ran, 0, "make_inode", ""), 0);
	source = open_source(&session, NULL);
	assert_int_equal(memscope_source_find(source, return_address(VMLINUX, "make_inode") +
					      KASLR, true, &lines), 3);
	assert_line(&lines[2], "make_inode", "fs/inode.c", 102);
	memscope_source_destroy(source);
	memscope_session_deinit(&session);
}

static void check_module(struct memscope_source *source)
{
	uint64_t in_text = return_address("named/demo-one.ko", "demo_probe");
	uint64_t in_init = return_address("named/demo-one.ko", "demo_init");
	const struct memscope_line *lines;

	/* objdump has every section at 0 */
	assert_int_equal(memscope_source_find(source, TEXT + in_text, true, &lines), 1);
	assert_line(&lines[0], "demo_probe", "drivers/demo/main.c", 52);
	assert_int_equal(memscope_source_find(source, INIT + in_init, true, &lines), 1);
	assert_line(&lines[0], "demo_init", "drivers/demo/main.c", 56);
}

/* Its init text lies far from its text: only a name tells whose it is. */
static void name_init(struct memscope_session *session, const char *module)
{
	assert_int_equal(memscope_symbol_table_add(&session->symbols, INIT, 0, "demo_init",
						   module), 0);
}

static void a_module_is_found_in_a_named_folder(void **state)
{
	struct memscope_session session;
	struct memscope_source *source;

	begin(&session);
	add_module(&session, "demo_one", "named/demo-one.ko", TEXT, TEXT, INIT);
	name_init(&session, "demo_one");
	source = open_source(&session, "named");
	check_module(source);
	memscope_source_destroy(source);
	/* or named itself */
	source = open_source(&session, "named/demo-one.ko");
	check_module(source);
	memscope_source_destroy(source);
	memscope_session_deinit(&session);
}

static void a_stripped_module_has_its_debug_file(void **state)
{
	struct memscope_session session;
	struct memscope_source *source;

	begin(&session);
	add_module(&session, "demo_two", "named/demo-one.ko", TEXT, TEXT, INIT);
	name_init(&session, "demo_two");
	source = open_source(&session, NULL);
	check_module(source);
	memscope_source_destroy(source);
	memscope_session_deinit(&session);
}

static void a_file_is_found_by_build_id(void **state)
{
	struct memscope_session session;
	struct memscope_source *source;
	const char *id;

	begin(&session);
	add_module(&session, "demo_three", "named/demo-one.ko", TEXT, TEXT, INIT);
	name_init(&session, "demo_three");
	id = session.modules.modules[0].build_id;
	run("d=%s/root/usr/lib/debug/.build-id/%.2s; mkdir -p $d && "
	    "cp %s/named/demo-one.ko $d/%s.debug", folder, id, folder, id + 2);
	source = open_source(&session, NULL);
	check_module(source);
	memscope_source_destroy(source);
	run("rm -r %s/root/usr/lib/debug/.build-id", folder);
	memscope_session_deinit(&session);
}

static void a_server_is_asked_by_build_id(void **state)
{
	struct memscope_session session;
	struct memscope_source *source;
	char url[512];
	const char *id;

	begin(&session);
	if (system("ldconfig -p | grep -q libdebuginfod.so.1"))
		skip();
	add_module(&session, "demo_four", "named/demo-one.ko", TEXT, TEXT, INIT);
	name_init(&session, "demo_four");
	id = session.modules.modules[0].build_id;
	run("mkdir -p %s/server/buildid/%s && cp %s/named/demo-one.ko "
	    "%s/server/buildid/%s/debuginfo", folder, id, folder, folder, id);
	snprintf(url, sizeof(url), "file://%s/server", folder);
	setenv("DEBUGINFOD_URLS", url, 1);
	snprintf(url, sizeof(url), "%s/cache", folder);
	setenv("DEBUGINFOD_CACHE_PATH", url, 1);
	source = open_source(&session, NULL);
	check_module(source);
	memscope_source_destroy(source);
	unsetenv("DEBUGINFOD_URLS");
	memscope_session_deinit(&session);
}

static void another_build_does_not_count(void **state)
{
	const struct memscope_line *lines;
	struct memscope_session session;
	struct memscope_source *source;
	char text[512];

	begin(&session);
	add_module(&session, "demo_one", "named/demo-one.ko", TEXT, TEXT, INIT);
	source = open_source(&session, "other");
	assert_int_equal(memscope_source_find(source, TEXT + 9, true, &lines), 0);
	assert_true(memscope_source_missing(source, text, sizeof(text)));
	assert_non_null(strstr(text, "no source lines of demo_one: "));
	assert_non_null(strstr(text, "install linux-image-6.1.0-unit-dbg"));
	assert_non_null(strstr(text, "other/demo_one.ko is of another build"));
	assert_null(strchr(text, '\n'));
	memscope_source_destroy(source);
	memscope_session_deinit(&session);
}

/* It came and went unseen: only its functions are known, and their sizes. */
static void a_module_without_a_build_id_needs_a_named_file(void **state)
{
	const char *const file = "named/demo-one.ko";
	const struct memscope_line *lines;
	struct memscope_session session;
	struct memscope_source *source;
	struct memscope_dwarf *dwarf;
	uint64_t address, size, at;

	begin(&session);
	at = return_address(file, "demo_probe");
	assert_int_equal(memscope_dwarf_open(&dwarf, path_of(file)), 0);
	assert_true(memscope_dwarf_symbol(dwarf, "demo_probe", &address, &size));
	memscope_dwarf_close(dwarf);
	assert_int_equal(memscope_symbol_table_add(&session.symbols, TEXT, size + 5,
						   "demo_probe", "demo_one"), 0);
	assert_int_equal(memscope_symbol_table_add(&session.symbols, INIT, size + 500,
						   "demo_init", "demo_one"), 0);
	source = open_source(&session, "named");
	assert_int_equal(memscope_source_find(source, TEXT + at, true, &lines), 1);
	assert_line(&lines[0], "demo_probe", "drivers/demo/main.c", 52);
	/* no such function in this build */
	assert_int_equal(memscope_source_find(source, INIT + 8, true, &lines), 0);
	memscope_source_destroy(source);
	run("cp %s/%s %s/root/lib/modules/6.1.0-unit/extra/demo_one.ko", folder, file, folder);
	source = open_source(&session, NULL);
	assert_int_equal(memscope_source_find(source, TEXT + at, true, &lines), 0);
	memscope_source_destroy(source);
	memscope_session_deinit(&session);
}

static void nonsense_is_no_file(void **state)
{
	struct memscope_dwarf *dwarf;

	if (!built)
		skip();
	assert_int_equal(memscope_dwarf_open(&dwarf, path_of("kernel.c")), -ENOEXEC);
	assert_int_equal(memscope_dwarf_open(&dwarf, path_of("nothing")), -ENOENT);
	assert_int_equal(memscope_dwarf_open(&dwarf,
			 path_of("root/lib/modules/6.1.0-unit/extra/demo_two.ko")), -ENODATA);
	assert_int_equal(memscope_source_find(NULL, 1, true,
					      &(const struct memscope_line *){ NULL }), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_has_its_lines_and_inlined_functions),
		cmocka_unit_test(without_a_base_the_function_is_the_anchor),
		cmocka_unit_test(a_module_is_found_in_a_named_folder),
		cmocka_unit_test(a_stripped_module_has_its_debug_file),
		cmocka_unit_test(a_file_is_found_by_build_id),
		cmocka_unit_test(a_server_is_asked_by_build_id),
		cmocka_unit_test(another_build_does_not_count),
		cmocka_unit_test(a_module_without_a_build_id_needs_a_named_file),
		cmocka_unit_test(nonsense_is_no_file),
	};

	return cmocka_run_group_tests(tests, build, clean);
}
