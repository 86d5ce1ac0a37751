/*
 * A plugin of QEMU's user-mode emulator that counts the instructions a program executes. QEMU's header is not part of
 * its packages, so what is used of the interface is declared here; it is the same in every version of the interface.
 * A block of code has one way in and one way out, so what it holds was executed as often as it was entered.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct qemu_plugin_tb;
typedef uint64_t plugin_id;
enum { CHANGES_NO_REGISTERS = 0 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*translated)(plugin_id, struct qemu_plugin_tb *));
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block, void (*entered)(unsigned, void *), int flags,
                                                 void *data);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
extern void qemu_plugin_register_atexit_cb(plugin_id id, void (*ended)(plugin_id, void *), void *data);
extern void qemu_plugin_outs(const char *text);

/* Of the interface; QEMU refuses plugins of another one than its own, so the build tries several. */
__attribute__((visibility("default"))) int qemu_plugin_version = INTERFACE_VERSION;

/* The program has one thread. */
static uint64_t executed;

static void entered(unsigned cpu, void *count) {
    (void)cpu;
    executed += (uintptr_t)count;
}

static void translated(plugin_id id, struct qemu_plugin_tb *block) {
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_cb(block, entered, CHANGES_NO_REGISTERS, (void *)(uintptr_t)qemu_plugin_tb_n_insns(block));
}

static void ended(plugin_id id, void *data) {
    (void)id, (void)data;
    char line[40];
    snprintf(line, sizeof line, "executed %" PRIu64 "\n", executed);
    qemu_plugin_outs(line);
}

__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv) {
    (void)info, (void)argc, (void)argv;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
